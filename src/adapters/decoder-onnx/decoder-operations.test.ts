import { expect, it } from 'vitest';
import { readBundleDescription } from '../../model/read-bundle.js';
import { unwrap } from '../worker-thread/remote-result.js';
import { decoderOperations } from './decoder-operations.js';

const bundleDirectory = 'models/playground';
const { frames, width, imageSize, patchSize } = readBundleDescription(bundleDirectory).video;
const tokens = new Float32Array(frames * (imageSize / patchSize) ** 2 * width);

it('goes on with no answer that a thread before it began, even where it has read as much itself', async () => {
  const [before, after] = [1, 2].map(() => decoderOperations({ bundleDirectory, threads: 1 }));
  const question = { tokens, ids: [1, 2, 3] };
  const begun = unwrap(await before!.read(question));
  const own = unwrap(await after!.read(question));
  expect(await after!.next(begun)).toMatchObject({ error: { code: 'overloaded' } });
  expect(unwrap(await after!.next(own))).toMatchObject({ sequence: own.sequence });
  await Promise.all([before!.close(undefined), after!.close(undefined)]);
});
