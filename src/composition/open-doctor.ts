import type { Finding } from '../app/operations/finding.js';
import { DATABASE_FILE } from './active-bundle.js';
import type { LibraryPlace } from './data-folder.js';
import { examineLibrary, type LibrarySettings } from './examine-library.js';
import { examineMachine, type MachineSettings } from './examine-machine.js';

/** What is well with this machine and a library, and what is not, one finding after the other. */
export async function* openDoctor(
  settings: MachineSettings & LibrarySettings & LibraryPlace,
  isDeep: boolean,
): AsyncGenerator<Finding> {
  yield* examineMachine(settings);
  const { databaseUrl } = settings;
  if (databaseUrl === undefined) yield* examineLibrary(settings, DATABASE_FILE, isDeep);
  else {
    const { examinePostgresLibrary } = await import('./examine-postgres-library.js');
    yield* examinePostgresLibrary({ ...settings, databaseUrl }, isDeep);
  }
}
