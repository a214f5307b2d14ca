import { readFile } from 'node:fs/promises';
import { AppError } from '../../domain/errors.js';
import { parseNpy } from '../../model/npy.js';
import { SafetensorsFile } from '../../model/safetensors.js';
import { toWideFloat } from '../../model/tensor-type.js';
import type { ScoreMatrix } from './score-matrix.js';

/**
 * A similarity matrix from a `.npy` file, or from a `.safetensors` file that holds one tensor.
 * @throws AppError `file-not-found`, `invalid-model` or `invalid-input`.
 */
export async function readMatrix(path: string): Promise<ScoreMatrix> {
  const { shape, values } = path.endsWith('.safetensors') ? readSafetensors(path) : await readNpy(path);
  const [texts, videos] = shape;
  if (shape.length !== 2 || !texts || !videos) {
    throw new AppError(
      'invalid-input',
      `${path} has shape (${shape.join(', ')}); a matrix is texts x videos.`,
    );
  }
  return { texts, videos, values };
}

async function readNpy(path: string) {
  return parseNpy(await readBytes(path), path);
}

function readSafetensors(path: string) {
  const file = SafetensorsFile.open(path, { followLinks: true });
  try {
    const [first, ...rest] = file.tensors;
    if (first === undefined || rest.length > 0) {
      throw new AppError('invalid-input', `${path} holds ${file.tensors.size} tensors; one is expected.`);
    }
    const [name, { shape, type }] = first;
    return { shape, values: toWideFloat(type, file.readBytes(name)) };
  } finally {
    file.close();
  }
}

/** @throws AppError `file-not-found`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AppError('file-not-found', `${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

/** @throws AppError `file-not-found`. */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}
