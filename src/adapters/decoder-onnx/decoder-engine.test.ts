import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBundle, loadDecoder } from '../../model/read-bundle.js';
import { requireRetrieval } from '../../model/require-retrieval.js';
import { videoGeometry } from '../../model/videomamba/geometry.js';
import { DecoderEngine } from './decoder-engine.js';

/** What PyTorch says of the shipped decoder; made by models/recipes/playground/answers_install.py. */
interface DecoderCheck {
  /** First channel of each token of the soft prompt. */
  prompt: number[];
  asked: { question: string; ids: number[]; firstLogits: number[]; answer: number[] }[];
}
const check: DecoderCheck = JSON.parse(readFileSync('test/fixtures/decoder-check.json', 'utf8'));

const playground = 'models/playground';
let engine: DecoderEngine;
let tokens: Float32Array;

beforeAll(async () => {
  const bundle = await loadBundle(playground);
  const { video, decoder } = requireRetrieval(bundle);
  engine = await DecoderEngine.load(loadDecoder(playground, bundle, decoder!), video, { threads: 1 });
  const count = videoGeometry(video).tokens - 1;
  tokens = Float32Array.from({ length: count * video.width }, (_, index) => {
    const [token, channel] = [Math.floor(index / video.width), index % video.width];
    return Math.sin(0.37 * token + 1.7 * channel + 0.01 * token * channel);
  });
});

afterAll(() => engine.close());

describe('the decoder of the playground', () => {
  it('makes the soft prompt that PyTorch makes', async () => {
    const prompt = await engine.prompt(tokens);
    const hidden = prompt.length / check.prompt.length;
    check.prompt.forEach((value, query) => {
      expect(prompt[query * hidden]).toBeCloseTo(value, 3);
    });
  });

  it.each(check.asked)(
    'says what PyTorch says, word by word: $question',
    async ({ ids, firstLogits, answer }) => {
      let sequence = await engine.read(await engine.prompt(tokens), ids);
      firstLogits.forEach((value, token) => {
        expect(sequence.logits[token]).toBeCloseTo(value, 2);
      });
      const said: number[] = [];
      while (sequence.position < 64) {
        const token = sequence.logits.indexOf(Math.max(...sequence.logits));
        if (token === ids.at(-1)) break;
        said.push(token);
        sequence = await engine.next(sequence, token);
      }
      expect(said).toEqual(answer);
    },
  );

  it('refuses tokens of another size, foreign ids, and texts beyond its positions', async () => {
    const prompt = await engine.prompt(tokens);
    const refused = { code: 'invalid-input' };
    await expect(engine.prompt(tokens.subarray(1))).rejects.toMatchObject(refused);
    await expect(engine.read(prompt, [2, 1_000_000, 3])).rejects.toMatchObject(refused);
    await expect(engine.read(prompt, new Array<number>(65).fill(2))).rejects.toMatchObject(refused);
    await expect(engine.read(prompt, [])).rejects.toMatchObject(refused);
  });
});
