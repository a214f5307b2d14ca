import type { BackUp } from '../app/backup/backup-job.js';
import type { AppError } from '../domain/errors.js';
import type { ApiKeyStore } from '../ports/api-keys.js';
import type { BlobStore } from '../ports/blob-store.js';
import type { CaptionStore } from '../ports/caption-store.js';
import type { Catalog } from '../ports/catalog.js';
import type { ClipFinder } from '../ports/clip-finder.js';
import type { ClipIndex } from '../ports/clip-index.js';
import type { ConversationStore } from '../ports/conversation-store.js';
import type { ModelInfo } from '../ports/encoders.js';
import type { JobQueue } from '../ports/job-queue.js';
import type { LibraryLoader, LibrarySnapshot } from '../ports/library-transfer.js';
import type { ModelSwitch } from '../ports/model-switch.js';
import type { WebhookStore } from '../ports/webhook-store.js';
import type { Closable } from './closing.js';
import type { LibraryPlace } from './data-folder.js';
import { openSqliteStores } from './sqlite-stores.js';

export interface StoresOptions {
  /** Whose clips there are, even after the library was switched to another model; by default the one it is switched to. */
  modelFingerprint?: string | undefined;
  /** Hears of each clip that cannot be found because its row is damaged, once. */
  onDamagedClip?: ((fault: AppError) => void) | undefined;
  /** Jobs that are over are forgotten when so many came after them. */
  keptJobs?: number | undefined;
}

type IndexedModel = Pick<ModelInfo, 'fingerprint' | 'dimension'>;

/** All that the database of a library keeps, whatever database that is. */
export interface Stores extends Closable {
  catalog: Catalog;
  finder: ClipFinder;
  apiKeys: ApiKeyStore;
  captions: CaptionStore;
  conversations: ConversationStore;
  jobs: JobQueue;
  webhooks: WebhookStore;
  modelSwitch: ModelSwitch;
  /** Whether other processes may be at work on the library. */
  isShared: boolean;
  /** The catalog as those see it who work with another model. */
  catalogOf(modelFingerprint: string): Catalog;
  /** @param inThread where it computes in the process, in a thread of its own */
  openIndex(model: IndexedModel, inThread: boolean): Promise<ClipIndex>;
  removeIndexFile(name: string): Promise<void>;
  /** Takes clips out of saved indexes that nobody has open. @throws AppError `out-of-storage` */
  removeFromSavedIndexes(clipIds: readonly number[]): Promise<void>;
  /** Removes saved indexes that were never recorded, or were replaced; gives their names. */
  removeStrayIndexFiles(): Promise<string[]>;
  openSnapshot(): Promise<LibrarySnapshot>;
  openLoader(): Promise<LibraryLoader>;
  backUp(blobs: BlobStore): BackUp;
  /** Calls back when another process may have switched the library to another model. @returns the way to stop it. */
  onModelChange(listener: () => void): () => void;
}

/**
 * The database that belongs to a place, made or brought to its newest schema.
 * @throws AppError `invalid-input`, `corrupt-data`, `database-unavailable`.
 */
export async function openStores(place: LibraryPlace, options: StoresOptions = {}): Promise<Stores> {
  if (place.databaseUrl === undefined) return openSqliteStores(place.dataFolder, options);
  // Its driver is nothing that others have to load.
  const { openPostgresStores } = await import('./postgres-stores.js');
  return openPostgresStores(place.databaseUrl, options);
}
