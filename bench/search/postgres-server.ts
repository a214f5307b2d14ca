import { AppError } from '../../src/domain/errors.js';
import {
  installedPostgres,
  type RunningPostgres,
  startPostgres,
} from '../../test/support/installed-postgres.js';

/**
 * A Postgres that is empty: the one named, or one that is started with what is installed.
 * @throws AppError `missing-dependency` where none is.
 */
export async function emptyPostgres(url: string | undefined): Promise<RunningPostgres> {
  if (url !== undefined) return { url, close: async () => {} };
  const programs = installedPostgres();
  if (programs !== undefined) {
    return startPostgres(programs, ['shared_buffers=512MB', 'maintenance_work_mem=1GB', 'jit=off']);
  }
  throw new AppError('missing-dependency', 'No PostgreSQL is installed here.', {
    hint: 'Install postgresql and pgvector, or name an empty database with --url.',
  });
}
