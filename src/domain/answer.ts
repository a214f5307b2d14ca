import type { Moment } from './moment.js';
import type { TimeRange } from './time-range.js';

/** A clip that the answer may rest on, and the short id the model knows it by. */
export interface AnswerClip extends Omit<Moment, 'path'> {
  evidenceId: string;
}

/** A place in an answer that rests on a clip, checked after the model wrote it. */
export interface Citation extends TimeRange {
  evidenceId: string;
  clipId: number;
  videoId: string;
  title: string;
  /** The sentence of the answer it stands for. */
  sentence: string;
  /** Characters of the answer before it. */
  position: number;
  /** Share of unrelated sentences that fit the clip less well than this one, 0 to 1. */
  support: number;
  /** Whether that is enough for the clip to be taken to show what the sentence says. */
  verified: boolean;
}

/** `abstained`: the evidence does not tell. `cut-short`: there were no tokens left. */
export type AnswerOutcome = 'answered' | 'abstained' | 'cut-short';

export interface AnswerUsage {
  inputTokens: number;
  outputTokens: number;
}

/** Unsupported are those that were not verified. */
export interface CitationCounts {
  total: number;
  verified: number;
  unsupported: number;
}

export interface AnswerSummary {
  outcome: AnswerOutcome;
  /** The same as `outcome === 'abstained'`, for those who only want to know that. */
  abstained: boolean;
  /** Ask on with it. */
  conversationId: string;
  model: string;
}

/** An answer in one piece. */
export interface Answer extends AnswerSummary {
  /** Plain text, no markup. */
  text: string;
  /** What the model was shown, best first. */
  clips: AnswerClip[];
  citations: Citation[];
  citationCounts: CitationCounts;
  usage: AnswerUsage;
}

/** An answer as it comes into being; `done` is the last. */
export type AnswerEvent =
  | { type: 'retrieval'; clips: AnswerClip[] }
  /** Plain text, no markup: what follows the text before. */
  | { type: 'delta'; text: string }
  | ({ type: 'citation' } & Citation)
  | ({ type: 'usage' } & AnswerUsage)
  | ({ type: 'done'; citations: CitationCounts } & AnswerSummary);
