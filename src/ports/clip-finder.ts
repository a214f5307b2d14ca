import type { LocatedClip, VideoFilter } from './catalog.js';

/** Which clips a search may find; everything passes what is not given. */
export interface SearchFilter extends Omit<VideoFilter, 'tag' | 'status'> {
  videoIds?: readonly string[] | undefined;
  /** Videos that have all of them. */
  tags?: readonly string[] | undefined;
}

/** What a search asks the catalog beside the index. */
export interface ClipFinder {
  /** Those of the clips that exist and pass, in any order. */
  locate(clipIds: readonly number[], filter: SearchFilter): Promise<LocatedClip[]>;
  /** Ready videos that pass. */
  videoCount(filter: SearchFilter): Promise<number>;
  /** Ids of clips that pass, at most `limit` of them, any of them, in any order. */
  someClipIds(filter: SearchFilter, limit: number): Promise<number[]>;
  /** Ids of the clips that pass, ascending, above `afterClipId`. */
  clipIdsAfter(afterClipId: number, filter: SearchFilter, limit: number): Promise<number[]>;
  /**
   * Ids of the videos whose title, tags, description or captions hold some of the words, the best fit first. Whatever the words are,
   * they are words: nothing in them is taken for an operator.
   */
  videosByWords(words: string, filter: SearchFilter, limit: number): Promise<string[]>;
}
