import { eq, type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.js';
import type { ActiveModel } from '../../ports/model-switch.js';
import type { Transaction } from './library-database.js';
import type { CatalogDatabase } from './open-database.js';
import { ACTIVE, libraryModels } from './schema/models.js';
import { clips } from './schema/videos.js';

/** The condition on clips of a model; by default of the one that is searched. */
export function clipsOfModel(fingerprint?: string): SQL {
  return eq(clips.modelFingerprint, fingerprint ?? sql`(select fingerprint from library_models)`);
}

export function readActiveModel(database: CatalogDatabase | Transaction): ActiveModel | undefined {
  return database
    .select({ fingerprint: libraryModels.fingerprint, bundleFolder: libraryModels.bundleFolder })
    .from(libraryModels)
    .get();
}

export function writeActiveModel(transaction: CatalogDatabase | Transaction, model: ActiveModel): void {
  transaction
    .insert(libraryModels)
    .values({ id: ACTIVE, ...model })
    .onConflictDoUpdate({ target: libraryModels.id, set: model })
    .run();
}

/**
 * For whoever stores clips: the first ones decide of which model a library is.
 * @throws AppError `model-mismatch` when it is of another, as when it was switched over while these were made.
 */
export function assertActiveModel(transaction: CatalogDatabase | Transaction, fingerprint: string): void {
  const active = readActiveModel(transaction);
  if (active?.fingerprint === fingerprint) return;
  if (active === undefined || !hasClips(transaction, active.fingerprint)) {
    writeActiveModel(transaction, { fingerprint, bundleFolder: null });
    return;
  }
  throw new AppError('model-mismatch', 'The library has been switched to another model meanwhile.', {
    hint: 'Ingest the video again.',
    details: { library: active.fingerprint, clips: fingerprint },
  });
}

export function hasClips(database: CatalogDatabase | Transaction, fingerprint: string): boolean {
  const found = database
    .select({ id: clips.id })
    .from(clips)
    .where(eq(clips.modelFingerprint, fingerprint))
    .limit(1)
    .get();
  return found !== undefined;
}
