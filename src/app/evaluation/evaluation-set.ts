/** Videos and the texts that describe them, as a split file lists them. */
export interface EvaluationSet {
  /** Name of the data set and split, such as `msrvtt-1ka`. */
  name: string;
  /** One sentence: what is asked of what, and which captions count. */
  protocol: string;
  videos: readonly EvaluationVideo[];
  texts: readonly EvaluationText[];
  /** Captions of the training split that came with the annotations, for QB-Norm. */
  trainingCaptions: readonly string[];
  /** What is unlike the published split; figures of such a set are not comparable. */
  deviations: readonly string[];
}

export interface EvaluationVideo {
  id: string;
  /** File name, with or without extension and folders, as the annotations give it. */
  file: string;
}

export interface EvaluationText {
  /** The id of its video, `#`, and its number among the texts of that video. */
  id: string;
  videoId: string;
  caption: string;
}
