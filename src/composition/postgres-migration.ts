import { PgvectorIndex } from '../adapters/catalog-postgres/pgvector-index.js';
import { PostgresCatalog } from '../adapters/catalog-postgres/postgres-catalog.js';
import { PostgresDatabase } from '../adapters/catalog-postgres/postgres-database.js';
import { PostgresLibraryRows } from '../adapters/catalog-postgres/postgres-library-rows.js';
import { followCatalog } from '../app/follow-catalog.js';
import type { MigrationEnd } from './open-migration.js';

export async function openPostgresEnd(url: string): Promise<MigrationEnd> {
  const database = await PostgresDatabase.open(url);
  const arrange = async () => {
    const catalog = new PostgresCatalog(database);
    const modelFingerprint = await catalog.modelFingerprint();
    if (modelFingerprint === undefined) return;
    for await (const [clip] of catalog.vectorsAfter(0, 'pass-over')) {
      if (clip === undefined) continue;
      const dimension = clip.vector.length;
      const index = await PgvectorIndex.open({ database, dimension, modelFingerprint });
      await followCatalog(index, catalog);
      await index.settled();
      return;
    }
  };
  return { rows: new PostgresLibraryRows(database), arrange, close: () => database.close() };
}
