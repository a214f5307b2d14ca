/** A sentence a language model wrote about a clip. */
export interface Caption {
  clipId: number;
  text: string;
  /** Name of the language model. */
  model: string;
  createdAtMs: number;
}

/** Captions of clips, one a clip; they go with it. */
export interface CaptionStore {
  /** Those there are, in any order. */
  captionsOf(clipIds: readonly number[]): Promise<Caption[]>;
  /**
   * Puts it in the place of the one before.
   * @returns false, and stores nothing, when there is no such clip.
   */
  saveCaption(caption: Caption): Promise<boolean>;
  /** All of them at once, or none; those of clips that are not there are passed over. */
  saveCaptions(captions: readonly Caption[]): Promise<void>;
}
