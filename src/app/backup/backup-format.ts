import { z } from 'zod';
import { AppError } from '../../domain/errors.js';

/** Layout of a backup; described in `docs/backup.md`. */
const BACKUP_FORMAT = 'videre-backup/1';

export const MANIFEST = 'manifest.json';
/** What `sha256sum` writes and checks: every file of a backup but itself. */
export const CHECKSUMS = 'SHA256SUMS';
export const DATABASE = 'videre.sqlite';
const BLOBS = 'blobs/';

/** Names that files of a backup can have: none leads out of it. */
const FILE =
  /^(?:manifest\.json|videre\.sqlite|index-[0-9a-f]{16}\.hnsw|blobs\/videos\/[a-z0-9][a-z0-9.-]{0,99})$/;
const CHECKSUM_LINE = /^([0-9a-f]{64}) {2}(.+)$/;

export const blobFile = (blobKey: string): string => `${BLOBS}${blobKey}`;

export function isIndexFile(name: string): boolean {
  return name.endsWith('.hnsw');
}

const count = z.int().min(0);

const manifestSchema = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  createdAt: z.iso.datetime(),
  videreVersion: z.string(),
  modelFingerprint: z.string().nullable(),
  videos: count,
  /** Of all models. */
  clips: count,
  /** Videos whose file was lost or damaged when the backup was made: their clips are in it, their file is not. */
  withoutFile: z.array(z.strictObject({ videoId: z.string(), title: z.string(), reason: z.string() })),
});

export type BackupManifest = z.infer<typeof manifestSchema>;

export function serializeManifest(manifest: Omit<BackupManifest, 'format'>): string {
  return `${JSON.stringify({ format: BACKUP_FORMAT, ...manifest }, undefined, 2)}\n`;
}

/** @throws AppError `invalid-archive`. */
export function parseManifest(text: string): BackupManifest {
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (!parsed.success) throw invalidBackup(`its ${MANIFEST} is wrong: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidBackup(`its ${MANIFEST} is not JSON`, cause);
  }
}

/** @param checksums hex SHA-256 by the name of the file */
export function serializeChecksums(checksums: ReadonlyMap<string, string>): string {
  return [...checksums].map(([name, sha256]) => `${sha256}  ${name}\n`).join('');
}

/** @throws AppError `invalid-archive`, also for a name that has no place in a backup. */
export function parseChecksums(text: string): Map<string, string> {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw invalidBackup(`its ${CHECKSUMS} was cut off`);
  const checksums = new Map<string, string>();
  for (const line of lines) {
    const [, sha256, name] = CHECKSUM_LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined || !FILE.test(name) || checksums.has(name)) {
      throw invalidBackup(`its ${CHECKSUMS} has the line ${JSON.stringify(line)}`);
    }
    checksums.set(name, sha256);
  }
  for (const name of [MANIFEST, DATABASE]) {
    if (!checksums.has(name)) throw invalidBackup(`its ${CHECKSUMS} does not list ${name}`);
  }
  return checksums;
}

export function invalidBackup(what: string, cause?: unknown): AppError {
  return new AppError('invalid-archive', `This is no sound backup: ${what}.`, {
    hint: 'Nothing was taken from it. Try an earlier one, or another copy of it.',
    ...(cause === undefined ? {} : { cause }),
  });
}
