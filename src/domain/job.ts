import type { JsonObject } from './json.js';

/**
 * `queued` and `running` are on their way; the others are ends. `failed`: trying again would not help. `poisoned`: it
 * was tried as often as is allowed, or took the process down with it every time.
 */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'poisoned';

/** A job that was begun this often, and never ended well, is left alone: it may be what takes the process down. */
export const MAX_ATTEMPTS = 5;

/** More than anybody waits for; beyond it the client is told to come back later. */
export const MAX_QUEUED_JOBS = 10_000;

/**
 * Of the newest so many jobs, those that are over are kept for people to look at; more than can wait at once. By number: a
 * clock that is set must not forget them.
 */
export const KEPT_JOBS = 20_000;

export type JobEndState = Exclude<JobState, 'queued' | 'running'>;

export function isEndState(state: JobState): state is JobEndState {
  return state !== 'queued' && state !== 'running';
}

/** What is happening right now. */
export interface JobProgress {
  /** A word for people and programs, such as `hashing`, `encoding`. */
  stage: string;
  /** Share of the whole job that is done, 0 to 100. */
  percent: number;
  /** Seconds it may still take; null while nobody can tell. */
  etaSeconds: number | null;
}

/** Why a job did not succeed, safe to show to the client: nothing of the inside of Videre. */
export interface JobFailure extends JsonObject {
  /** Stable code of the `AppError`. */
  code: string;
  detail: string;
  hint: string | null;
}

/** Work that outlasts a request and the process. */
export interface Job extends Omit<JobProgress, 'stage'> {
  id: string;
  kind: string;
  /** The video it is about, once that is known. */
  videoId: string | null;
  payload: JsonObject;
  state: JobState;
  /** How often it was begun. */
  attempts: number;
  /** Somebody asked a running job to stop. */
  cancelRequested: boolean;
  /** Null before the first. */
  stage: string | null;
  result: JsonObject | null;
  failure: JobFailure | null;
  /** Milliseconds since 1970. For people to read: nothing is ordered or decided by them. */
  createdAtMs: number;
  startedAtMs: number | null;
  finishedAtMs: number | null;
}

/** `state`: it changed its state. `progress`: it got on. `video`: it is known now which video it is about. */
export type JobEventType = 'state' | 'progress' | 'video';

export interface JobEvent {
  /** Ascending within a job, never used twice. */
  id: number;
  jobId: string;
  type: JobEventType;
  /** `state`: `{state, attempts, failure, result}`; `progress`: a `JobProgress`; `video`: `{videoId}`. */
  data: JsonObject;
}
