import { RecallAudit, type RecallAuditDependencies } from '../app/operations/recall-audit.js';
import { captionBankOf } from './caption-bank-of.js';

/** One exact search in this time is nothing that anybody notices. */
const STEP_EVERY_MS = 30_000;
const TEXTS = 100;

export interface RunningAudit {
  /** By name, for the metrics; empty before there is something to tell. */
  gauges(): Record<string, number>;
  close(): Promise<void>;
}

/** Goes on measuring the recall of an index beside the answering of requests, with captions of the bundle for questions. */
export async function startRecallAudit(
  bundleFolder: string,
  dependencies: Omit<RecallAuditDependencies, 'texts'>,
): Promise<RunningAudit> {
  const captions = await captionBankOf(bundleFolder);
  const audit = new RecallAudit({ ...dependencies, texts: captions.slice(0, TEXTS) });
  let step: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A step that fails says nothing about recall; what is wrong shows in the searches of others.
    step = step.then(() => audit.step()).catch(() => {});
  }, STEP_EVERY_MS);
  timer.unref();
  return {
    gauges: (): Record<string, number> => {
      const { recall } = audit;
      if (recall === undefined) return {};
      return { index_recall_at_10: recall };
    },
    close: async () => {
      clearInterval(timer);
      await step;
    },
  };
}
