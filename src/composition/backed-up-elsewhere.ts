import { AppError } from '../domain/errors.js';

/** A database server has backups of its own, which can be made while it is in use. */
export function backedUpElsewhere(): AppError {
  return new AppError('conflict', 'The library is in Postgres, which has backups of its own.', {
    hint: 'Use pg_dump or continuous archiving for the database, and copy the media (docs/scale.md).',
  });
}
