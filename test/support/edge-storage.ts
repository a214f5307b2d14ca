import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { Miniflare } from 'miniflare';
import { afterAll } from 'vitest';

/** D1 and R2 as workerd has them, with the schema of a library; for all tests of a file, or of a suite. */
export async function startEdgeStorage(): Promise<{ database: D1Database; files: R2Bucket }> {
  const worker = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response() };',
    d1Databases: ['DB'],
    r2Buckets: ['MEDIA'],
  });
  afterAll(() => worker.dispose());
  const database = (await worker.getD1Database('DB')) as unknown as D1Database;
  const files = (await worker.getR2Bucket('MEDIA')) as unknown as R2Bucket;
  await migrateD1(database);
  return { database, files };
}

/** Brings D1 to the newest schema. */
export async function migrateD1(database: D1Database): Promise<void> {
  const folder = 'migrations';
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  for (const name of names) {
    const statements = readFileSync(join(folder, name), 'utf8')
      .split('--> statement-breakpoint')
      .filter((statement) => statement.trim() !== '');
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}
