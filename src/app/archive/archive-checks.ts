import type { ArchiveEntry } from './archive-entries.js';
import {
  type ArchivedVideo,
  type ArchiveManifest,
  invalidArchive,
  vectorsEntry,
  videosEntry,
} from './archive-format.js';
import type { ArchivedVectors } from './archive-vectors.js';

/** What an archive must be beyond its single entries: their order, no repetition, and what the manifest says of them. */
export class ArchiveChecks {
  readonly #entries = new Map<string, { sizeBytes: number; sha256: string }>();
  readonly #contentHashes = new Set<string>();
  /** Sizes of the files that videos said they have here, until they have come. */
  readonly #mediaExpected = new Map<string, number>();
  #parts = 0;
  #clipsOfPart = 0;
  #clips = 0;
  #dimension: number | undefined;
  #manifest: ArchiveManifest | undefined;
  #expected: 'part' | 'vectors' = 'part';

  begin({ name, kind, sizeBytes }: ArchiveEntry): void {
    if (this.#manifest !== undefined) throw invalidArchive(`${name} comes after the manifest`);
    if (this.#entries.has(name)) throw invalidArchive(`it has two entries ${name}`);
    if ((kind === 'vectors') !== (this.#expected === 'vectors'))
      throw invalidArchive(`${name} comes out of order`);
    if (kind === 'videos') {
      if (name !== videosEntry(this.#parts))
        throw invalidArchive(`${name} comes where ${videosEntry(this.#parts)} belongs`);
      this.#expected = 'vectors';
    }
    if (kind === 'vectors') {
      if (name !== vectorsEntry(this.#parts))
        throw invalidArchive(`${name} comes where ${vectorsEntry(this.#parts)} belongs`);
      this.#expected = 'part';
      this.#parts++;
    }
    if (kind === 'media') this.#beginMedia(name, sizeBytes);
  }

  #beginMedia(name: string, sizeBytes: number): void {
    const contentHash = name.slice('media/'.length);
    const expected = this.#mediaExpected.get(contentHash);
    if (expected === undefined) throw invalidArchive(`${name} is the file of no video that came before it`);
    if (expected !== sizeBytes)
      throw invalidArchive(`${name} has ${sizeBytes} bytes; its video says ${expected}`);
    this.#mediaExpected.delete(contentHash);
  }

  videos(videos: readonly ArchivedVideo[]): void {
    this.#clipsOfPart = 0;
    for (const { contentHash, media, sizeBytes, clips } of videos) {
      if (this.#contentHashes.has(contentHash)) throw invalidArchive(`it has the video ${contentHash} twice`);
      this.#contentHashes.add(contentHash);
      if (media) this.#mediaExpected.set(contentHash, sizeBytes);
      this.#clipsOfPart += clips.length;
    }
    this.#clips += this.#clipsOfPart;
  }

  vectors({ count, dimension }: Pick<ArchivedVectors, 'count' | 'dimension'>, name: string): void {
    if (count !== this.#clipsOfPart) {
      throw invalidArchive(`${name} has ${count} vectors for ${this.#clipsOfPart} clips`);
    }
    this.#dimension ??= dimension;
    if (dimension !== this.#dimension)
      throw invalidArchive(`${name} has vectors of another width than those before`);
  }

  manifest(manifest: ArchiveManifest): void {
    this.#manifest = manifest;
  }

  end({ name, kind, sizeBytes }: ArchiveEntry, sha256: string): void {
    if (kind === 'manifest') return;
    if (kind === 'media' && name !== `media/${sha256}`)
      throw invalidArchive(`${name} is not the file it says`);
    this.#entries.set(name, { sizeBytes, sha256 });
  }

  finish(): void {
    const manifest = this.#manifest;
    if (manifest === undefined)
      throw invalidArchive('it ends without its manifest, so some of it is missing');
    if (manifest.entries.length !== this.#entries.size) {
      throw invalidArchive(
        `it has ${this.#entries.size} entries; its manifest lists ${manifest.entries.length}`,
      );
    }
    for (const listed of manifest.entries) {
      const found = this.#entries.get(listed.name);
      if (found?.sizeBytes !== listed.sizeBytes || found.sha256 !== listed.sha256) {
        throw invalidArchive(`its entry ${listed.name} does not match its checksum`);
      }
    }
    const [missing] = this.#mediaExpected.keys();
    if (missing !== undefined) throw invalidArchive(`the file media/${missing} is missing`);
    if (manifest.videos !== this.#contentHashes.size || manifest.clips !== this.#clips) {
      throw invalidArchive('it has not the number of videos and clips that its manifest says');
    }
    if (manifest.model?.dimension !== this.#dimension) {
      throw invalidArchive('its vectors are not of the width that its manifest says');
    }
  }
}
