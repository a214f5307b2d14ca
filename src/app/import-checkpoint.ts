import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '../domain/errors.js';
import type { BundleDescription } from '../model/bundle.js';
import { openCheckpoint } from '../model/checkpoint.js';
import { convertCheckpoint } from '../model/convert-checkpoint.js';
import { type ImportConfig, parseImportConfig } from '../model/import-config.js';
import type { LoadedBundle } from '../model/loaded-bundle.js';
import { checkTokenizer } from '../model/tokenizer.js';
import { tokenizerFromVocabulary } from '../model/vocabulary-file.js';
import { writeBundle } from '../model/write-bundle.js';

export interface ImportRequest {
  /** A file of torch.save, or a safetensors file. */
  checkpointPath: string;
  /** What the checkpoint does not say about itself: a path of JSON (`docs/bundle-format.md`), or what is in one. */
  config: string | ImportConfig;
  /** `tokenizer.json` or `vocab.txt`; needed for a retrieval model. */
  tokenizerPath?: string | undefined;
  /** The bundle's folder, made here. */
  outputFolder: string;
  overwrite?: boolean;
}

export interface ImportReport {
  bundle: LoadedBundle;
  /** What was done to tensors on the way, one sentence each. */
  changes: string[];
  /** Names of training-only tensors left behind. */
  dropped: string[];
}

/**
 * Turns a checkpoint of the reference implementation into a bundle. Nothing is written unless all of it is right.
 * @throws AppError `file-not-found`, `invalid-input`, `invalid-model`, `out-of-storage`.
 */
export async function importCheckpoint(request: ImportRequest): Promise<ImportReport> {
  const { config: given } = request;
  const config = typeof given === 'string' ? parseImportConfig(await readText(given), given) : given;
  const checkpoint = openCheckpoint(request.checkpointPath);
  try {
    const { contents, changes, dropped } = convertCheckpoint(checkpoint, config);
    const tokenizerJson = await readTokenizer(request.tokenizerPath, contents.description);
    const provenance = {
      ...contents.description.provenance,
      importedFrom: basename(request.checkpointPath),
      importedSha256: await sha256OfFile(request.checkpointPath),
      ...(changes.length > 0 ? { changes } : {}),
    };
    const description = { ...contents.description, provenance };
    const bundle = await writeBundle({ ...contents, description, tokenizerJson }, request.outputFolder, {
      overwrite: request.overwrite ?? false,
    });
    return { bundle, changes, dropped };
  } finally {
    checkpoint.close();
  }
}

async function readTokenizer(
  path: string | undefined,
  description: BundleDescription,
): Promise<string | undefined> {
  if (description.kind === 'classification') {
    if (path === undefined) return undefined;
    throw new AppError(
      'invalid-input',
      `A classification model reads no text; the tokenizer ${path} has no use.`,
    );
  }
  if (path === undefined) {
    throw new AppError('invalid-input', 'A retrieval model needs a tokenizer.', {
      hint: 'Give the tokenizer.json or vocab.txt its text encoder was trained with, for example of bert-base-uncased.',
    });
  }
  const text = await readText(path);
  const json = text.trimStart().startsWith('{') ? text : tokenizerFromVocabulary(text, path);
  checkTokenizer(json, description.text.vocabulary, path);
  return json;
}

/** Larger than any config or tokenizer, small enough to read by mistake. */
const maxTextBytes = 2 ** 26;

async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new AppError('file-not-found', `${path} does not exist.`, { cause });
    throw new AppError('invalid-input', `${path} cannot be read (${code}).`, { cause });
  }
  if (bytes.byteLength > maxTextBytes) {
    throw new AppError(
      'invalid-input',
      `${path} has ${bytes.byteLength} bytes; at most ${maxTextBytes} are accepted.`,
    );
  }
  return bytes.toString('utf8');
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
