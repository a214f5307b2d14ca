import { statSync } from 'node:fs';
import { AppError } from '../../domain/errors.js';
import { readEveryVideo } from '../catalog-parts/read-every-video.js';
import { LibraryDatabase } from './library-database.js';
import { SqliteCatalog } from './sqlite-catalog.js';

export interface DatabaseReport {
  sizeBytes: number;
  videos: number;
  clips: number;
  /** Clips whose vector was held against its checksum; 0 unless that was asked for. */
  verifiedClips: number;
  /** Of the model that the vectors searched are of; undefined while there are none. */
  modelFingerprint: string | undefined;
  /** What SQLite knows of saved index files. */
  indexFiles: IndexFileRow[];
}

interface IndexFileRow {
  name: string;
  sizeBytes: number;
  sha256: string;
  clipCount: number;
}

/**
 * Holds a database against SQLite's own rules; deep, every page and every vector.
 * @throws AppError `corrupt-data`, and as `LibraryDatabase`.
 */
export async function inspectDatabase(path: string, isDeep: boolean): Promise<DatabaseReport> {
  const database = new LibraryDatabase(path);
  try {
    const problems = database.run(({ $client }) =>
      $client
        .prepare(isDeep ? 'pragma integrity_check' : 'pragma quick_check')
        .pluck()
        .all(),
    );
    const orphans = database.run(({ $client }) => $client.pragma('foreign_key_check') as unknown[]);
    if (problems[0] !== 'ok' || orphans.length > 0) throw damagedDatabase(path, problems, orphans.length);
    const catalog = new SqliteCatalog(database);
    let verifiedClips = 0;
    if (isDeep) {
      for await (const batch of catalog.vectorsAfter(0)) verifiedClips += batch.length;
      await readEveryVideo(catalog);
    }
    return {
      sizeBytes: statSync(path).size,
      ...(await catalog.size()),
      verifiedClips,
      modelFingerprint: await catalog.modelFingerprint(),
      indexFiles: database.run(({ $client }) =>
        $client
          .prepare<[], IndexFileRow>(
            'select name, size_bytes as sizeBytes, sha256, clip_count as clipCount from index_files',
          )
          .all(),
      ),
    };
  } finally {
    database.close();
  }
}

/** @param problems what `integrity_check` said */
export function damagedDatabase(path: string, problems: readonly unknown[], orphanCount: number): AppError {
  const said = problems[0] === 'ok' ? `${orphanCount} rows refer to nothing` : String(problems[0]);
  return new AppError('corrupt-data', `${path} is damaged: ${said}.`, {
    hint: 'Restore it from a backup, or move it away and ingest again.',
    details: { problems },
  });
}
