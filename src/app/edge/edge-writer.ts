import {
  type ClipPart,
  EDGE_WRITE_CLIPS,
  EDGE_WRITE_VIDEOS,
  type EdgeCopy,
  type EdgePush,
  type VideoPublication,
} from '../../ports/edge-copy.js';
import type { NumberedClip } from '../../ports/library-transfer.js';
import { clipsChecksum } from './edge-checksums.js';

/** Writes videos to the edge, several at once where they are small, each of them wholly or not at all. */
export class EdgeWriter {
  readonly #edge: EdgeCopy;
  readonly #push: EdgePush;
  #parts: ClipPart[] = [];
  #publications: VideoPublication[] = [];

  constructor(edge: EdgeCopy, push: EdgePush) {
    this.#edge = edge;
    this.#push = push;
  }

  /** @param clips undefined: those that are there stay. */
  async add(
    { id, about }: Pick<VideoPublication, 'id' | 'about'>,
    clips: readonly NumberedClip[] | undefined,
  ): Promise<void> {
    const parts = clips === undefined ? [] : partsOf(id, clips);
    const last = parts.at(-1);
    if (this.#isFull(last?.clips.length ?? 0)) await this.flush();
    for (const part of parts.slice(0, -1)) {
      await this.#edge.write(this.#push, { parts: [part], publications: [] });
    }
    if (last !== undefined) this.#parts.push(last);
    this.#publications.push({
      id,
      ...(about !== undefined && { about }),
      ...(clips !== undefined && { clips: { parts: parts.length, checksum: clipsChecksum(clips) } }),
    });
  }

  async flush(): Promise<void> {
    if (this.#publications.length === 0) return;
    await this.#edge.write(this.#push, { parts: this.#parts, publications: this.#publications });
    this.#parts = [];
    this.#publications = [];
  }

  #isFull(moreClips: number): boolean {
    const clips = this.#parts.reduce((count, part) => count + part.clips.length, 0);
    return this.#publications.length >= EDGE_WRITE_VIDEOS || clips + moreClips > EDGE_WRITE_CLIPS;
  }
}

function partsOf(videoId: string, clips: readonly NumberedClip[]): ClipPart[] {
  return Array.from({ length: Math.ceil(clips.length / EDGE_WRITE_CLIPS) }, (_, part) => ({
    videoId,
    part,
    clips: clips.slice(part * EDGE_WRITE_CLIPS, (part + 1) * EDGE_WRITE_CLIPS),
  }));
}
