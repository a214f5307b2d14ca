import { expect, it } from 'vitest';
import type { Video } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { MediaInfo, MediaReader } from '../../ports/media-reader.js';
import { StoredClips } from './stored-clips.js';

/** Clips of videos of so many frames, and which videos were probed. */
function storedClips(frameCount: number) {
  const probed: string[] = [];
  const info = { durationSeconds: 10, frameTimes: new Float64Array(frameCount) } as MediaInfo;
  const clips = new StoredClips({
    catalog: {
      getVideo: async (id: string) => ({ id, contentHash: id, blobKey: id }) as Video,
    } as Catalog,
    blobs: {
      withFile: <Result>(key: string, work: (path: string) => Promise<Result>) => work(key),
    } as BlobStore,
    media: {
      probe: async (path: string) => {
        probed.push(path);
        return info;
      },
    } as MediaReader,
    sampleFrames: () => [0],
    framesPerClip: 1,
  });
  const look = (videoId: string) => clips.frameTimes([{ videoId, startSeconds: 0, endSeconds: 1 }]);
  return { look, probed };
}

it('remembers what it found out about videos', async () => {
  const { look, probed } = storedClips(100);
  for (const video of ['a', 'b', 'a', 'b']) await look(video);
  expect(probed).toEqual(['a', 'b']);
});

it('remembers no more than a few videos that are days long', async () => {
  const { look, probed } = storedClips(1_500_000);
  for (const video of ['a', 'b', 'c', 'b', 'c', 'a']) await look(video);
  expect(probed).toEqual(['a', 'b', 'c', 'a']);
});
