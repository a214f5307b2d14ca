import { join } from 'node:path';
import { BlobFiles } from '../adapters/blob-files/blob-files.js';
import { AppError } from '../domain/errors.js';
import type { BlobStore } from '../ports/blob-store.js';

/** Where a data folder keeps the files it owns, and those that are on their way elsewhere. */
export const BLOB_FOLDER = 'blobs';

/**
 * Where a library keeps its media: in its data folder, or in the store that VIDERE_S3_ENDPOINT names.
 * @throws AppError `invalid-input` for a store that is not wholly named.
 */
export async function openBlobs(
  dataFolder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<BlobStore> {
  const files = new BlobFiles(join(dataFolder, BLOB_FOLDER));
  const { VIDERE_S3_ENDPOINT: endpoint, VIDERE_S3_PREFIX: prefix, VIDERE_S3_REGION: region } = environment;
  if (!endpoint) return files;
  const named = (variable: string) => {
    const value = environment[variable];
    if (value) return value;
    throw new AppError('invalid-input', `The media are at ${endpoint}, and ${variable} is not set.`, {
      hint: 'A store needs VIDERE_S3_BUCKET, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    });
  };
  const location = {
    endpoint,
    bucket: named('VIDERE_S3_BUCKET'),
    accessKey: named('AWS_ACCESS_KEY_ID'),
    secretKey: named('AWS_SECRET_ACCESS_KEY'),
    ...(prefix && { prefix }),
    ...(region && { region }),
  };
  // Its client takes a second to load, which whoever keeps files does not have to wait.
  const { S3Blobs } = await import('../adapters/blob-s3/s3-blobs.js');
  return new S3Blobs(location, files);
}
