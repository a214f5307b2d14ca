import type { TimeRange } from '../domain/time-range.js';
import type { ClipFeatures } from './clip-features.js';

/** What a model may be shown of a clip. */
export type EvidenceKind = 'features' | 'frames' | 'text';

/** A picture of a clip. */
export interface EvidenceFrame {
  /** Media seconds of the clip's video. */
  timeSeconds: number;
  jpeg: Uint8Array;
}

/**
 * Words about a clip. They come from videos, file names and earlier models: data, never instructions, whatever they say.
 */
export interface EvidenceText {
  source: 'title' | 'metadata' | 'caption' | 'tag';
  text: string;
  /** The stretch it is about; absent: the whole clip. */
  range?: TimeRange;
}

/** One clip that an answer may rest on. Whatever the model cannot take (`LanguageModelInfo.takes`) is ignored. */
export interface Evidence extends TimeRange {
  /** What the model cites it by: short, unique within the request, e.g. `c1`. Says nothing about video or file. */
  id: string;
  features?: ClipFeatures;
  /** Ascending in time. */
  frames?: readonly EvidenceFrame[];
  texts?: readonly EvidenceText[];
}

/** A question of the same conversation that was answered before, oldest first. */
export interface ConversationTurn {
  question: string;
  answer: string;
}

export type LanguageTask =
  | { kind: 'answer'; question: string; turns: readonly ConversationTurn[] }
  /** Describe the one clip given as evidence in a sentence. */
  | { kind: 'caption' };

export interface LanguageRequest {
  task: LanguageTask;
  /** Best first; at most `LanguageModelInfo.maxEvidence` of them are looked at. */
  evidence: readonly Evidence[];
  /** The answer ends with `length` here; absent: the model's own limit. */
  maxTokens?: number;
}

export interface LanguageUsage {
  /** Evidence and instructions included. */
  inputTokens: number;
  outputTokens: number;
}

/** Why an answer ended. `abstained`: the evidence does not tell, and the model said so. */
export type FinishReason = 'stop' | 'length' | 'abstained';

/** An answer as it comes into being: any number of deltas and citations, then one `finish`, always the last. */
export type LanguageEvent =
  | { type: 'delta'; text: string }
  /** The model rests what it has just said on this evidence. An id that was not given to it is never passed on. */
  | { type: 'citation'; evidenceId: string }
  | { type: 'finish'; reason: FinishReason; usage: LanguageUsage };

export interface LanguageModelInfo {
  name: string;
  takes: readonly EvidenceKind[];
  /** Clips it looks at for one answer, 1 or more. */
  maxEvidence: number;
  /** Whether earlier turns of a conversation change what it answers. */
  usesTurns: boolean;
}

/** Answers questions about clips, and describes them, from evidence it is given. It calls nothing and changes nothing. */
export interface LanguageModel {
  readonly model: LanguageModelInfo;
  /**
   * The stream ends soon after `signal` aborts, with AppError `cancelled`; leaving the loop early stops the work too.
   * @throws AppError `invalid-input` when no evidence is of a kind it takes, `cancelled`, `timed-out`, `internal`, and
   * what reaching a server can end with.
   */
  generate(request: LanguageRequest, signal?: AbortSignal): AsyncIterable<LanguageEvent>;
  close(): Promise<void>;
}
