import { afterEach, expect, it, vi } from 'vitest';
import { INGEST_JOB } from '../../../src/app/videos/ingest-request.js';
import type { VideoScript } from '../../support/colour-world.js';
import { workingService } from '../../support/working-service.js';

const YEAR_MS = 365 * 24 * 3600 * 1000;

const scene = (colour: string): VideoScript => ({ framesPerSecond: 4, scenes: [[colour, 3]] });

afterEach(() => vi.useRealTimers());

/** Sets the clock and lets it stand, as nothing but it changes. */
function setClock(offsetMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offsetMs });
}

it.each([
  ['ahead', YEAR_MS],
  ['back', -YEAR_MS],
])(
  'a clock that jumps a year %s takes no job from its owner, forgets no request, locks nobody out',
  async (_, offsetMs) => {
    const service = await workingService();
    const before = await service.uploadReady(scene('red'));
    const headers = { 'idempotency-key': 'once' };
    const first = await service.upload(scene('green'), {}, headers);
    await service.ended(first.body.job!.id);

    // One is under way, of an owner that is alive.
    const { jobs } = service.library;
    await service.runner.drain(0);
    const mine = await jobs.enqueue({ id: crypto.randomUUID(), kind: INGEST_JOB, payload: {} });
    expect(await jobs.claim('me', [INGEST_JOB])).toMatchObject({ id: mine.id });
    setClock(offsetMs);
    expect(await jobs.heartbeat(mine.id, 'me')).toBe('held');
    expect(await jobs.claim('you', [INGEST_JOB])).toBeUndefined();
    expect(await jobs.succeed(mine.id, 'me', {})).toBe(true);

    // The same request is the same request; what comes now comes after what came before.
    const again = await service.upload(scene('green'), {}, headers);
    expect(again.body.video?.id).toBe(first.body.video?.id);
    const { videos } = await service.get<{ videos: { id: string }[] }>('/v1/videos');
    expect(videos.map(({ id }) => id)).toEqual([first.body.video!.id, before.id]);
  },
);
