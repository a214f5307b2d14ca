import type { Video } from '../domain/video.js';
import type { NewClip } from './catalog.js';

/** The model whose vectors a library searches. */
export interface ActiveModel {
  fingerprint: string;
  /** Where its bundle was when somebody chose it for the library; null when nobody did. */
  bundleFolder: string | null;
}

export interface ReembedProgress {
  /** Ready videos that have clips of the model. */
  done: number;
  /** Ready videos. */
  total: number;
}

/**
 * Brings a library from one model to another. Clips of the new one are stored beside those of the old, where no search
 * sees them, until the library is switched over in one transaction. What is stored outlasts the process.
 */
export interface ModelSwitch {
  /** Undefined in a library that never held a clip. */
  active(): Promise<ActiveModel | undefined>;
  progress(fingerprint: string): Promise<ReembedProgress>;
  /** The first of the ready videos after `afterVideoId` (in order of arrival) that has no clips of the model. */
  nextWithout(fingerprint: string, afterVideoId?: string): Promise<Video | undefined>;
  /**
   * Stores the clips of a video, all or nothing.
   * @returns false, and stores nothing, when it has some already or is not there any more.
   */
  addClips(videoId: string, clips: readonly NewClip[], fingerprint: string): Promise<boolean>;
  /**
   * Makes a model the one that is searched, at once for every request after. Videos in `unreadable` become `failed`.
   * @returns false, and changes nothing, when another ready video has no clips of it: one that came meanwhile.
   */
  activate(model: ActiveModel, unreadable: readonly string[]): Promise<boolean>;
  /** The models, besides the active one, of which there are clips. */
  others(): Promise<string[]>;
  /**
   * Removes the clips and the index file of a model; nothing of the active one.
   * @returns names of index files that nobody needs any more.
   * @throws AppError `corrupt-data` naming a clip that does not match its checksum.
   */
  remove(fingerprint: string): Promise<string[]>;
}
