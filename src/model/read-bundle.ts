import { join, resolve } from 'node:path';
import { AppError } from '../domain/errors.js';
import type { BundleDescription } from './bundle.js';
import { assembleBundle } from './bundle-in-memory.js';
import { parseBundleDescription } from './bundle-schema.js';
import { openByteSource } from './byte-source.js';
import type { LoadedBundle } from './loaded-bundle.js';
import { SafetensorsFile } from './safetensors.js';
import { checkTokenizer } from './tokenizer.js';

/** The files of a bundle. Their names are fixed, so that nothing written in one can point out of the folder. */
export const bundleFiles = {
  description: 'bundle.json',
  weights: 'weights.safetensors',
  tokenizer: 'tokenizer.json',
} as const;

const maxDescriptionBytes = 2 ** 20;
const maxTokenizerBytes = 2 ** 26;

/** Closes the weights once nothing that could read them is held any more. */
const openWeights = new FinalizationRegistry<SafetensorsFile>((weights) => weights.close());

/**
 * Opens and checks a bundle folder: three regular files, no symbolic links; every tensor there, of the right shape,
 * finite. Reads every weight once, to check and fingerprint it, and keeps none: `tensor()` reads from the file, which
 * stays open, so that replacing the folder does not mix two models.
 * @throws AppError `file-not-found` or `invalid-model`.
 */
export async function loadBundle(folder: string): Promise<LoadedBundle> {
  const path = (file: string) => join(resolve(folder), file);
  const description = readBundleDescription(folder);
  const tokenizer = readTokenizer(path(bundleFiles.tokenizer), description);
  const weights = SafetensorsFile.open(path(bundleFiles.weights));
  const readBytes = (name: string) => weights.readBytes(name);
  openWeights.register(readBytes, weights);
  try {
    return assembleBundle(
      {
        description,
        tensors: weights.tensors,
        readBytes,
        tokenizerJson: tokenizer?.json,
        tokenizerPath: tokenizer?.path,
      },
      weights.name,
    );
  } catch (error) {
    weights.close();
    throw error;
  }
}

/**
 * What a bundle says of itself; its weights are not looked at.
 * @throws AppError `file-not-found` or `invalid-model`.
 */
export function readBundleDescription(folder: string): BundleDescription {
  const path = join(resolve(folder), bundleFiles.description);
  return parseBundleDescription(readText(path, maxDescriptionBytes), path);
}

function readTokenizer(
  path: string,
  description: BundleDescription,
): { path: string; json: string } | undefined {
  if (description.kind !== 'retrieval') return undefined;
  const json = readText(path, maxTokenizerBytes);
  checkTokenizer(json, description.text.vocabulary, path);
  return { path, json };
}

function readText(path: string, maxBytes: number): string {
  const source = openByteSource(path);
  try {
    if (source.byteLength > maxBytes) {
      throw new AppError(
        'invalid-model',
        `${path} has ${source.byteLength} bytes; at most ${maxBytes} are accepted.`,
      );
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(source.read(0, source.byteLength));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid-model', `${path} is not UTF-8 text.`, { cause: error });
  } finally {
    source.close();
  }
}
