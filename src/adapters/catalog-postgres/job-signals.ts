import pg from 'pg';
import type { Changes } from '../catalog-parts/changes.js';

/** How soon a connection that broke is made anew. */
const RECONNECT_MS = 1000;
/** What was not heard, as behind a pooler that passes on no notifications, is looked for this often all the same. */
const LOOK_MS = 5000;

export interface Signalled {
  jobs: Changes;
  model: Changes;
}

/** A connection of its own that hears what other processes have changed, and holds what only one process may have. */
export class JobSignals {
  readonly #connection: pg.ClientConfig;
  readonly #changes: Signalled;
  readonly #held = new Set<number>();
  #client: pg.Client | undefined;
  #connecting: Promise<void> | undefined;
  #timers: NodeJS.Timeout[] = [];
  #isClosed = false;

  constructor(connection: pg.ClientConfig, changes: Signalled) {
    this.#connection = connection;
    this.#changes = changes;
  }

  start(): void {
    if (this.#timers.length > 0) return;
    const reconnecting = setInterval(() => this.#connect(), RECONNECT_MS);
    const looking = setInterval(() => this.#tellAll(), LOOK_MS);
    this.#timers = [reconnecting, looking];
    for (const timer of this.#timers) timer.unref();
    this.#connect();
  }

  /** @returns whether this process has the lock, now or since before. */
  async tryLock(key: number): Promise<boolean> {
    await this.#connect();
    const client = this.#client;
    if (client === undefined) return false;
    if (this.#held.has(key)) return true;
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [key]);
    const isHeld = rows[0]?.got === true && this.#client === client;
    if (isHeld) this.#held.add(key);
    return isHeld;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#connecting;
    await this.#client?.end().catch(() => {});
  }

  #connect(): Promise<void> {
    if (this.#client !== undefined || this.#isClosed) return Promise.resolve();
    this.#connecting ??= this.#open()
      .catch(() => {})
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }

  async #open(): Promise<void> {
    const client = new pg.Client({ ...this.#connection, application_name: 'videre listening' });
    const lose = () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#held.clear();
    };
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', ({ channel }) => {
      (channel === 'videre_model' ? this.#changes.model : this.#changes.jobs).tell();
    });
    await client.connect();
    await client.query('listen videre_jobs; listen videre_model');
    this.#client = client;
    // What happened while nobody listened.
    this.#tellAll();
  }

  #tellAll(): void {
    this.#changes.jobs.tell();
    this.#changes.model.tell();
  }
}
