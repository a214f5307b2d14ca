import type { Job } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';

/** What a handler is given beside its job. */
export interface JobContext {
  /** Aborted when somebody cancels the job, when it is not ours any more, or when the process has to go. */
  signal: AbortSignal;
  /** @param share of the whole job that is done, 0 to 1. */
  report: (stage: string, share: number) => void;
}

/**
 * Does the jobs of a kind. It may be run again for a job it has begun, or even done, before: the process may end at any
 * time, so it looks what is done already.
 * @returns what the job's `result` says.
 */
export type JobHandler = (job: Job, context: JobContext) => Promise<JsonObject>;
