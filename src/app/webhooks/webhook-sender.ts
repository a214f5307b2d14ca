import { toAppError } from '../../domain/errors.js';
import type { OutboundHttp } from '../../ports/outbound-http.js';
import type { AttemptOutcome, PendingDelivery, WebhookStore } from '../../ports/webhook-store.js';
import { backoffMs } from '../jobs/job-failure.js';
import { signedHeaders } from './sign-message.js';

/** With pauses that double up to five minutes, some twenty minutes. */
const MAX_ATTEMPTS = 10;
const LOOKED_AT_OF_EACH = 100;
const BEAT_MS = 1000;
const ANSWER_LIMIT_MS = 15_000;

export interface WebhookSenderOptions {
  webhooks: WebhookStore;
  http: OutboundHttp;
  /** Milliseconds on a clock that cannot be set. */
  clock?: () => number;
  beatMs?: number;
  logFault: (fault: unknown) => void;
}

/** Sends what waits in the outbox, and again after a pause what does not arrive. */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  /** When a message that did not arrive is tried again. */
  readonly #notBeforeMs = new Map<string, number>();
  readonly #leaving = new AbortController();
  #round: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  start(): void {
    const { beatMs = BEAT_MS, logFault } = this.#options;
    this.#timer = setTimeout(() => {
      this.#round = this.sendDue()
        .catch(logFault)
        .finally(() => {
          if (!this.#leaving.signal.aborted) this.start();
        });
    }, beatMs);
    this.#timer.unref();
  }

  /** What is under way is broken off: it is sent again after the next start. */
  async close(): Promise<void> {
    this.#leaving.abort();
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** Sends once what is due. */
  async sendDue(): Promise<void> {
    const { webhooks, clock = () => performance.now() } = this.#options;
    const pending = await webhooks.pending(LOOKED_AT_OF_EACH);
    const known = new Set(pending.map(({ id }) => id));
    for (const id of this.#notBeforeMs.keys()) if (!known.has(id)) this.#notBeforeMs.delete(id);
    const due = pending.filter(({ id }) => (this.#notBeforeMs.get(id) ?? 0) <= clock());
    const receivers = new Set(due.map(({ webhookId }) => webhookId));
    const dueOf = (receiver: string) => due.filter(({ webhookId }) => webhookId === receiver);
    await Promise.all([...receivers].map((receiver) => this.#sendInOrder(dueOf(receiver), clock)));
  }

  /** To one receiver, until one does not arrive: the next would not either. */
  async #sendInOrder(deliveries: readonly PendingDelivery[], clock: () => number): Promise<void> {
    for (const delivery of deliveries) if (!(await this.#send(delivery, clock))) return;
  }

  /** @returns whether it arrived. */
  async #send(delivery: PendingDelivery, clock: () => number): Promise<boolean> {
    const { webhooks, http } = this.#options;
    const body = JSON.stringify(delivery.body);
    const signature = signedHeaders(delivery.id, Math.floor(Date.now() / 1000), body, delivery.secret);
    const signal = AbortSignal.any([this.#leaving.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
    let outcome: AttemptOutcome;
    try {
      const headers = { 'content-type': 'application/json', 'user-agent': 'Videre', ...signature };
      const responseStatus = await http.post(delivery.url, headers, body, signal);
      const arrived = responseStatus >= 200 && responseStatus < 300;
      const error = arrived ? null : `The receiver answered ${responseStatus}.`;
      outcome = { state: arrived ? 'delivered' : 'pending', responseStatus, error };
    } catch (thrown) {
      if (this.#leaving.signal.aborted) return false;
      outcome = { state: 'pending', responseStatus: null, error: toAppError(thrown).message };
    }
    const attempts = delivery.attempts + 1;
    if (outcome.state === 'pending' && attempts >= MAX_ATTEMPTS) outcome.state = 'failed';
    if (outcome.state === 'pending') this.#notBeforeMs.set(delivery.id, clock() + backoffMs(attempts));
    else this.#notBeforeMs.delete(delivery.id);
    await webhooks.recordAttempt(delivery.id, outcome);
    return outcome.state === 'delivered';
  }
}
