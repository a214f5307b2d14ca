import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collected } from '../../../test/support/collected.js';
import type { AppError } from '../../domain/errors.js';
import { readBundleDescription } from '../../model/read-bundle.js';
import type { ClipFeatures } from '../../ports/clip-features.js';
import type { Evidence, LanguageEvent, LanguageRequest } from '../../ports/language-model.js';
import { DecoderLanguageModel } from './decoder-language-model.js';

const bundleDirectory = 'models/playground';
const description = readBundleDescription(bundleDirectory);
if (description.kind !== 'retrieval' || description.decoder === undefined) throw new Error('no decoder');
const { encoderFingerprint, abstention } = description.decoder;
const { frames, width, imageSize, patchSize } = description.video;
const values = frames * (imageSize / patchSize) ** 2 * width;

let model: DecoderLanguageModel;

beforeAll(async () => {
  const workerModule = new URL('../../decoder-worker.ts', import.meta.url);
  model = await DecoderLanguageModel.load({ bundleDirectory, workerModule, threads: 1 });
  // A thread that loads TypeScript takes its time on a busy machine.
}, 60_000);

afterAll(() => model.close());

/** Tokens that look like no clip: whatever is said of them, it is said every time. */
function features(seed: number): ClipFeatures {
  const tokens = Float32Array.from({ length: values }, (_, index) => Math.sin(index * 0.37 + seed));
  return { modelFingerprint: encoderFingerprint, embedding: new Float32Array(1), tokens };
}

function evidence(id: string, seed = 1): Evidence {
  return { id, startSeconds: 0, endSeconds: 3, features: features(seed) };
}

function asking(question: string, clips = [evidence('c1')]): LanguageRequest {
  return { task: { kind: 'answer', question, turns: [] }, evidence: clips };
}

function textOf(events: readonly LanguageEvent[]): string {
  return events.map((event) => (event.type === 'delta' ? event.text : '')).join('');
}

describe('the decoder as a language model', () => {
  it('streams a caption in words, cites the clip, and ends', async () => {
    const events = await collected(model.generate({ task: { kind: 'caption' }, evidence: [evidence('c7')] }));
    expect(events.filter(({ type }) => type === 'delta').length).toBeGreaterThan(3);
    expect(textOf(events)).toMatch(/^[a-z ]+ on an? [a-z]+ background$/);
    expect(events.slice(-2)).toEqual([
      { type: 'citation', evidenceId: 'c7' },
      {
        type: 'finish',
        reason: 'stop',
        usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
      },
    ]);
  });

  it('abstains on what it was never taught, after looking at every clip, and cites none', async () => {
    const events = await collected(
      model.generate(asking('what is the capital of france', [evidence('c1', 1), evidence('c2', 2)])),
    );
    expect(textOf(events)).toBe(abstention);
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'abstained' });
    expect(events.some(({ type }) => type === 'citation')).toBe(false);
  });

  it('says nothing of what may still become an abstention', async () => {
    const [first] = await collected(model.generate(asking('what is your name')));
    expect(first).toEqual({ type: 'delta', text: abstention });
  });

  it('reads every clip as if it were the first', async () => {
    const alone = await collected(model.generate(asking('describe the video', [evidence('c1', 2)])));
    await collected(model.generate(asking('describe the video', [evidence('c1', 3)])));
    const together = await Promise.all([
      collected(model.generate(asking('describe the video', [evidence('c1', 2)]))),
      collected(model.generate(asking('describe the video', [evidence('c1', 3)]))),
    ]);
    expect(together[0]).toEqual(alone);
    expect(textOf(together[1])).not.toBe(textOf(alone));
  });

  it('stops at the limit on tokens', async () => {
    const whole = textOf(await collected(model.generate(asking('describe the video'))));
    const cut = await collected(model.generate({ ...asking('describe the video'), maxTokens: 4 }));
    expect(textOf(cut)).toBe(whole.split(' ').slice(0, 4).join(' '));
    expect(cut.at(-1)).toMatchObject({ reason: 'length', usage: { outputTokens: 4 } });
    const justEnough = await collected(
      model.generate({ ...asking('describe the video'), maxTokens: whole.split(' ').length }),
    );
    expect(textOf(justEnough)).toBe(whole);
    expect(justEnough.at(-1)).toMatchObject({ reason: 'stop' });
  });

  it('stops between two words for a caller who gives up', async () => {
    const giveUp = new AbortController();
    const heard: string[] = [];
    const listen = async () => {
      for await (const event of model.generate(asking('describe the video'), giveUp.signal)) {
        if (event.type === 'delta') heard.push(event.text);
        if (heard.length === 2) giveUp.abort();
      }
    };
    await expect(listen()).rejects.toMatchObject({ code: 'cancelled' });
    expect(heard).toHaveLength(2);
  });

  it('goes on answering after a caller left in the middle', async () => {
    for await (const event of model.generate(asking('describe the video'))) {
      if (event.type === 'delta') break;
    }
    expect(textOf(await collected(model.generate(asking('describe the video'))))).not.toBe('');
  });

  it('refuses features of another encoder, and evidence it cannot look at', async () => {
    const foreign = { ...evidence('c1'), features: { ...features(1), modelFingerprint: 'f'.repeat(64) } };
    const failure = (clips: Evidence[]) =>
      collected(model.generate(asking('what is there', clips))).then(
        () => undefined,
        (error: AppError) => error.code,
      );
    expect(await failure([foreign])).toBe('model-mismatch');
    expect(await failure([{ id: 'c1', startSeconds: 0, endSeconds: 1, texts: [] }])).toBe('invalid-input');
  });
});
