import { expect, it, vi } from 'vitest';
import { colourLibrary } from '../../../test/support/colour-library.js';
import { writeScript } from '../../../test/support/colour-world.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { AppError } from '../../domain/errors.js';
import type { LanguageEvent, LanguageModel, LanguageRequest } from '../../ports/language-model.js';
import { ingestVideo } from '../ingest-video.js';
import { JobRunner } from '../jobs/job-runner.js';
import { CAPTION_JOB, captionedAfter, captionJob, captionVideo } from './caption-video.js';

/** Tells the clips apart by when they begin, and gives up at the one it is told to. */
class TimeTeller implements LanguageModel {
  readonly model = { name: 'times', takes: ['text' as const], maxEvidence: 1, usesTurns: false };
  readonly asked: number[] = [];
  failsAt: number | undefined;

  async *generate({ evidence, task }: LanguageRequest): AsyncGenerator<LanguageEvent> {
    const { startSeconds } = evidence[0]!;
    this.asked.push(startSeconds);
    if (startSeconds === this.failsAt) throw new AppError('language-model-busy', 'Busy.');
    yield { type: 'delta', text: task.kind === 'caption' ? `wombat ${startSeconds}` : 'no caption' };
    yield { type: 'finish', reason: 'stop', usage: { inputTokens: 1, outputTokens: 1 } };
  }

  async close(): Promise<void> {}
}

async function captioning() {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const languageModel = new TimeTeller();
  const script = { framesPerSecond: 10, scenes: [['red', 9]] as [string, number][] };
  const { video } = await ingestVideo(await writeScript(folder, 'red.mp4', script), library);
  const clips = await library.catalog.clipsOfVideo(video.id);
  return {
    library,
    languageModel,
    video,
    clips,
    dependencies: { ...library, ...library.answers, languageModel },
  };
}

it('describes every clip once, goes on where it was broken off, and is found by its words', async () => {
  const { library, languageModel, video, clips, dependencies } = await captioning();
  const starts = clips.map(({ startSeconds }) => startSeconds);
  expect(starts.length).toBeGreaterThan(2);
  languageModel.failsAt = starts[1];
  await expect(captionVideo(video.id, dependencies)).rejects.toMatchObject({ code: 'language-model-busy' });
  languageModel.failsAt = undefined;
  const shares: number[] = [];
  const read = vi.spyOn(library.catalog, 'clipsOfVideo');
  expect(await captionVideo(video.id, dependencies, { onProgress: (share) => shares.push(share) })).toBe(
    starts.length - 1,
  );
  expect(languageModel.asked).toEqual([starts[0], starts[1], ...starts.slice(1)]);
  expect(shares.at(-1)).toBe(1);
  expect(read).toHaveBeenCalledTimes(1);
  expect(await captionVideo(video.id, dependencies)).toBe(0);
  expect(await library.finder.videosByWords('wombat', {}, 10)).toEqual([video.id]);
  expect(await library.finder.videosByWords('quokka', {}, 10)).toEqual([]);
});

it('follows every ingest as a job of its own', async () => {
  const { library, video, clips, dependencies } = await captioning();
  const { jobs } = library;
  const ingest = captionedAfter(async () => ({ videoId: video.id, known: false }), jobs);
  const handlers = { ingest, [CAPTION_JOB]: captionJob(dependencies) };
  const runner = new JobRunner({ queue: jobs, handlers, logFailure: () => {} });
  await jobs.enqueue({ id: 'one', kind: 'ingest', payload: {} });
  await runner.start(true);
  for await (const _ of jobs.events('one', 0, AbortSignal.timeout(10_000)));
  const [caption] = (await jobs.list(1, undefined, { kind: CAPTION_JOB })).jobs;
  for await (const _ of jobs.events(caption!.id, 0, AbortSignal.timeout(10_000)));
  await runner.drain(0);
  expect(await jobs.get(caption!.id)).toMatchObject({
    state: 'succeeded',
    result: { videoId: video.id, described: clips.length },
  });
});
