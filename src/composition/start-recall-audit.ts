import { RecallAudit, type RecallAuditDependencies } from '../app/operations/recall-audit.js';

/** One exact search in this time is nothing that anybody notices. */
const STEP_EVERY_MS = 30_000;
/** Who looks at a service that has just started wants to know, too. */
const FIRST_STEP_AFTER_MS = 2_000;
const TEXTS = 100;

export interface RunningAudit {
  /** As `RecallAudit` has it. */
  recall(): number | undefined;
  close(): Promise<void>;
}

/** Goes on measuring the recall of an index beside the answering of requests, with captions for questions. */
export function startRecallAudit(
  captions: readonly string[],
  dependencies: Omit<RecallAuditDependencies, 'texts'>,
): RunningAudit {
  const audit = new RecallAudit({ ...dependencies, texts: captions.slice(0, TEXTS) });
  let step: Promise<void> = Promise.resolve();
  const next = () => {
    // A step that fails says nothing about recall; what is wrong shows in the searches of others.
    step = step.then(() => audit.step()).catch(() => {});
  };
  const timers = [setTimeout(next, FIRST_STEP_AFTER_MS), setInterval(next, STEP_EVERY_MS)];
  for (const timer of timers) timer.unref();
  return {
    recall: () => audit.recall,
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      await step;
    },
  };
}
