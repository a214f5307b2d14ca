import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { AppError } from '../../domain/errors.js';
import { Changes } from '../catalog-parts/changes.js';
import { JobSignals } from './job-signals.js';
import { migrateDatabase } from './migrate-database.js';
import { failedCommit, isTransient, withPostgresErrors } from './postgres-errors.js';

export type CatalogDatabase = NodePgDatabase;
export type Transaction = Parameters<Parameters<CatalogDatabase['transaction']>[0]>[0];
/** Whatever statements can be run on. */
export type Runner = CatalogDatabase | Transaction;

const DEFAULT_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
/** Transactions that got into each other's way are tried this often. */
const ATTEMPTS = 5;

/**
 * Every connection begins so: whoever freezes or loses the network within a transaction must not hold its locks for long,
 * and a dead peer is noticed in a minute, not in two hours.
 */
const SESSION = `
  set idle_in_transaction_session_timeout = '60s';
  set tcp_keepalives_idle = 30;
  set tcp_keepalives_interval = 10;
  set tcp_keepalives_count = 3;
`;

export interface OpenTransaction {
  run<Result>(work: (database: CatalogDatabase) => Promise<Result>): Promise<Result>;
  /** To be called once. */
  end(how: 'commit' | 'rollback'): Promise<void>;
}

export interface PostgresOptions {
  /** Most connections this process opens, besides one that listens. */
  connections?: number;
}

/**
 * The Postgres database of a library, which the catalog, the job queue and others share, so that they can change
 * together. Any number of processes may work on it at once.
 */
export class PostgresDatabase {
  /** Its address without the password. */
  readonly name: string;
  /** To be told after every change of jobs, whichever process makes it. */
  readonly jobChanges = new Changes();
  /** To be told when a library is switched to another model. */
  readonly modelChanges = new Changes();
  readonly #pool: pg.Pool;
  readonly #database: CatalogDatabase;
  readonly #signals: JobSignals;

  private constructor(url: string, { connections = DEFAULT_CONNECTIONS }: PostgresOptions) {
    this.name = withoutPassword(url);
    const connection = {
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    };
    this.#pool = new pg.Pool({
      ...connection,
      max: connections,
      application_name: 'videre',
      onConnect: async (client) => {
        await client.query(SESSION);
      },
    });
    // A connection that breaks while nobody uses it is replaced when somebody does; whoever uses it is told by what they
    // asked, and an event that nobody hears would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    this.#database = drizzle({ client: this.#pool });
    this.#signals = new JobSignals(connection, { jobs: this.jobChanges, model: this.modelChanges });
  }

  /**
   * Connects, and brings the database to the newest schema.
   * @param url `postgres://USER:PASSWORD@HOST:PORT/DATABASE`
   * @throws AppError `database-unavailable`, `invalid-input` when it lets nobody in or is not of UTF-8.
   */
  static open(url: string, options: PostgresOptions = {}): Promise<PostgresDatabase> {
    return PostgresDatabase.#reach(url, options, async (client, name) => {
      await assertUtf8(client, name);
      await migrateDatabase(client);
    });
  }

  /** Connects, and leaves everything as it is, the schema too. @throws AppError as `open`. */
  static connect(url: string, options: PostgresOptions = {}): Promise<PostgresDatabase> {
    return PostgresDatabase.#reach(url, options, assertUtf8);
  }

  static async #reach(
    url: string,
    options: PostgresOptions,
    prepare: (client: pg.PoolClient, name: string) => Promise<void>,
  ): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url, options);
    try {
      await database.withConnection((client) => prepare(client, database.name));
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Statements that need not be one; each is a transaction of its own. */
  run<Result>(work: (database: CatalogDatabase) => Promise<Result>): Promise<Result> {
    return withPostgresErrors(this.name, () => work(this.#database));
  }

  /**
   * All of the work or nothing. It may be done again from the start, when another transaction was in the way.
   * Every statement sees what was committed before it.
   */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return withPostgresErrors(this.name, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#attempt(work);
        } catch (error) {
          if (attempt === ATTEMPTS || !isTransient(error)) throw error;
        }
      }
    });
  }

  async #attempt<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    // Not taken out of the pool by drizzle, which does not give back one whose `begin` fails.
    const client = await this.#pool.connect();
    let isCommitting = false;
    try {
      return await drizzle({ client }).transaction(async (transaction) => {
        const result = await work(transaction);
        // Nothing is left to do but that.
        isCommitting = true;
        return result;
      });
    } catch (error) {
      throw isCommitting ? failedCommit(this.name, error) : error;
    } finally {
      client.release();
    }
  }

  /** A connection for what drizzle has no words for. */
  withConnection<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return withPostgresErrors(this.name, async () => {
      const client = await this.#pool.connect();
      let failure: Error | undefined;
      try {
        return await work(client);
      } catch (error) {
        // Nobody knows what state it is in.
        failure = error as Error;
        throw error;
      } finally {
        client.release(failure);
      }
    });
  }

  /** A transaction that lasts until whoever opened it ends it, on a connection of its own. */
  openTransaction(
    begin: 'begin' | 'begin isolation level repeatable read read only',
  ): Promise<OpenTransaction> {
    return withPostgresErrors(this.name, async () => {
      const client = await this.#pool.connect();
      const run = <Result>(work: (database: CatalogDatabase) => Promise<Result>) =>
        withPostgresErrors(this.name, () => work(drizzle({ client })));
      const end = async (how: 'commit' | 'rollback') => {
        // Whatever state it is left in, nobody gets to see it.
        await client
          .query(how)
          .catch((error) => {
            throw how === 'commit' ? failedCommit(this.name, error) : error;
          })
          .finally(() => client.release(true));
      };
      // Between two parts of it, its owner may wait for somebody far away.
      await client.query(`${begin}; set local idle_in_transaction_session_timeout = 0`).catch((error) => {
        client.release(true);
        throw error;
      });
      return { run, end: (how) => withPostgresErrors(this.name, () => end(how)) };
    });
  }

  /** Hears of other processes' changes from now on. */
  listen(): void {
    this.#signals.start();
  }

  /** Whether this process is the one that does what only one may: the lock is free once its holder is gone. */
  holdsLock(key: number): Promise<boolean> {
    return this.#signals.tryLock(key);
  }

  async close(): Promise<void> {
    await this.#signals.close();
    await this.#pool.end();
  }
}

async function assertUtf8(client: pg.PoolClient, name: string): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>('show server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  throw new AppError('invalid-input', `${name} keeps text as ${encoding}; Videre needs UTF8.`, {
    hint: 'Make the database with: createdb --encoding=UTF8 --template=template0 NAME',
  });
}

function withoutPassword(url: string): string {
  try {
    const address = new URL(url);
    address.password = '';
    return address.href;
  } catch (cause) {
    throw new AppError('invalid-input', 'DATABASE_URL is no address.', {
      cause,
      hint: 'Write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE.',
    });
  }
}
