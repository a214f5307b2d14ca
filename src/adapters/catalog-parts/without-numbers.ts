import type { NumberedVideo, TransferredVideo } from '../../ports/library-transfer.js';

/** A video as another library takes it in, which numbers it and its clips itself. */
export function withoutNumbers(numbered: NumberedVideo): TransferredVideo {
  const { id: _i, sequence: _s, updatedAtMs: _u, revision: _r, clips, ...video } = numbered;
  return { ...video, clips: clips.map(({ id: _, ...clip }) => clip) };
}
