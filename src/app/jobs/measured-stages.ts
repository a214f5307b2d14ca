import type { Metrics } from '../../ports/metrics.js';
import type { JobHandler } from './job-handler.js';

/** The handler, its stages measured: each lasts until the next is reported, the last until the job's end. */
export function measuredStages(
  kind: string,
  handler: JobHandler,
  metrics: Pick<Metrics, 'recordStage'>,
  clock: () => number = () => performance.now(),
): JobHandler {
  return async (job, context) => {
    let current: { stage: string; startMs: number } | undefined;
    const end = (): void => {
      if (current !== undefined) metrics.recordStage(`${kind}-${current.stage}`, clock() - current.startMs);
    };
    const report = (stage: string, share: number): void => {
      if (stage !== current?.stage) {
        end();
        current = { stage, startMs: clock() };
      }
      context.report(stage, share);
    };
    try {
      return await handler(job, { ...context, report });
    } finally {
      end();
    }
  };
}
