import { sql } from 'drizzle-orm';
import type { Runner } from './postgres-database.js';

/** Numbers of advisory locks; "Vi" and a count, so that they are nobody else's. */
export const LOCKS = {
  migrations: 0x5669_0001,
  /** Held while clips get their ids, until they can be seen: ids become visible in order. */
  clips: 0x5669_0002,
  /** Whoever has it sends messages to webhooks. */
  webhooks: 0x5669_0003,
  /** Whoever has it arranges vectors for fast search. */
  indexes: 0x5669_0004,
} as const;

/** Waits until no other transaction holds it, and holds it to the end of this one. */
export async function lock(transaction: Runner, key: keyof typeof LOCKS): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(${LOCKS[key]})`);
}

/** The same for something that has a name. */
export async function lockName(transaction: Runner, name: string): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}
