import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../domain/errors.js';
import type { BundleDescription, DecoderArchitecture } from './bundle.js';
import { checkFinite, checkTensors } from './bundle-contents.js';
import { assembleBundle } from './bundle-in-memory.js';
import { parseBundleDescription } from './bundle-schema.js';
import { openByteSource } from './byte-source.js';
import { decoderTensorShapes } from './decoder/decoder-tensors.js';
import type { LoadedBundle, LoadedDecoder } from './loaded-bundle.js';
import { SafetensorsFile } from './safetensors.js';
import { checkTokenizer } from './tokenizer.js';

/** The files of a bundle. Their names are fixed, so that nothing written in one can point out of the folder. */
export const bundleFiles = {
  description: 'bundle.json',
  weights: 'weights.safetensors',
  tokenizer: 'tokenizer.json',
} as const;

/** What a bundle whose description has a `decoder` holds besides. */
export const decoderFiles = {
  weights: 'decoder.safetensors',
  tokenizer: 'decoder-tokenizer.json',
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
 * As `loadBundle`, and reads its decoder as well, where it has one: whether the folder can be used for all that it says.
 * @throws AppError `file-not-found` or `invalid-model`.
 */
export async function loadWholeBundle(folder: string): Promise<LoadedBundle> {
  const bundle = await loadBundle(folder);
  const { description } = bundle;
  if (description.kind === 'retrieval' && description.decoder !== undefined) {
    loadDecoder(folder, bundle, description.decoder);
  }
  return bundle;
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

/**
 * Opens and checks the decoder of a bundle that was read from `folder`, as `loadBundle` does its weights.
 * @throws AppError `invalid-model`, also when it was trained on another encoder, or a file of it is not there: the folder
 *   is the one that was meant, and says that it has a decoder.
 */
export function loadDecoder(
  folder: string,
  bundle: LoadedBundle,
  architecture: DecoderArchitecture,
): LoadedDecoder {
  const path = (file: string) => join(resolve(folder), file);
  if (architecture.encoderFingerprint !== bundle.fingerprint) {
    throw new AppError(
      'invalid-model',
      `The decoder in ${folder} was trained on the encoder ${architecture.encoderFingerprint}; the bundle is ${bundle.fingerprint}.`,
      {
        hint: 'Put the decoder of this encoder in its place, or take "decoder" out of bundle.json to do without answers.',
      },
    );
  }
  const missing = Object.values(decoderFiles).find((file) => !existsSync(path(file)));
  if (missing !== undefined) {
    throw new AppError('invalid-model', `The model in ${folder} has a decoder, and no ${missing}.`, {
      hint: 'Put the file there, or take "decoder" out of bundle.json to do without answers.',
    });
  }
  const tokenizerPath = path(decoderFiles.tokenizer);
  checkTokenizer(readText(tokenizerPath, maxTokenizerBytes), architecture.vocabulary, tokenizerPath);
  const weights = SafetensorsFile.open(path(decoderFiles.weights));
  try {
    checkTensors(
      decoderTensorShapes(architecture, bundle.description.video),
      weights.tensors,
      weights.name,
      'a decoder',
    );
    // Small, and used once to write the graphs: read whole, and let go of with the graphs.
    const values = new Map(
      [...weights.tensors].map(([name, info]) => {
        checkFinite(name, info, weights.readBytes(name), weights.name);
        return [name, weights.readTensorAsFloat32(name)] as const;
      }),
    );
    return {
      architecture,
      tokenizerPath,
      shape: (name) => weights.tensors.get(name)?.shape ?? noTensor(weights.name, name),
      tensor: (name) => values.get(name) ?? noTensor(weights.name, name),
    };
  } finally {
    weights.close();
  }
}

function noTensor(where: string, name: string): never {
  throw new AppError('invalid-model', `${where} has no tensor "${name}".`);
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
