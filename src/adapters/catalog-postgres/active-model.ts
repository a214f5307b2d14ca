import { eq, type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.js';
import type { ActiveModel } from '../../ports/model-switch.js';
import type { Runner } from './postgres-database.js';
import { ACTIVE, libraryModels } from './schema/models.js';
import { clips } from './schema/videos.js';

/** The condition on clips of a model; by default of the one that is searched. */
export function clipsOfModel(fingerprint?: string): SQL {
  return eq(clips.modelFingerprint, fingerprint ?? sql`(select fingerprint from library_models)`);
}

export async function readActiveModel(runner: Runner): Promise<ActiveModel | undefined> {
  const [active] = await runner
    .select({ fingerprint: libraryModels.fingerprint, bundleFolder: libraryModels.bundleFolder })
    .from(libraryModels);
  return active;
}

export async function writeActiveModel(runner: Runner, model: ActiveModel): Promise<void> {
  await runner
    .insert(libraryModels)
    .values({ id: ACTIVE, ...model })
    .onConflictDoUpdate({ target: libraryModels.id, set: model });
}

/**
 * For whoever stores clips and has their lock: the first ones decide of which model a library is.
 * @throws AppError `model-mismatch` when it is of another, as when it was switched over while these were made.
 */
export async function assertActiveModel(runner: Runner, fingerprint: string): Promise<void> {
  const active = await readActiveModel(runner);
  if (active?.fingerprint === fingerprint) return;
  if (active === undefined || !(await hasClips(runner, active.fingerprint))) {
    await writeActiveModel(runner, { fingerprint, bundleFolder: null });
    return;
  }
  throw new AppError('model-mismatch', 'The library has been switched to another model meanwhile.', {
    hint: 'Ingest the video again.',
    details: { library: active.fingerprint, clips: fingerprint },
  });
}

export async function hasClips(runner: Runner, fingerprint: string): Promise<boolean> {
  const found = await runner
    .select({ id: clips.id })
    .from(clips)
    .where(eq(clips.modelFingerprint, fingerprint))
    .limit(1);
  return found.length > 0;
}
