import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, toAppError } from '../domain/errors.js';
import { openCheckpoint } from '../model/checkpoint.js';
import { bundleFromCheckpoint } from '../model/convert-checkpoint.js';
import type { ModelEngine } from '../model/engine.js';
import { parseImportConfig } from '../model/import-config.js';
import type { LoadedBundle } from '../model/loaded-bundle.js';
import { SafetensorsFile } from '../model/safetensors.js';
import type { SelectiveScanKernel } from '../model/selective-scan.js';
import { CaseTensors, casePrefixes } from './conformance/case-tensors.js';
import { type Comparison, notCompared, withTolerance } from './conformance/comparison.js';
import { runClassificationCase, runRetrievalCase } from './conformance/model-cases.js';
import { runResizeCase } from './conformance/resize-cases.js';
import { runScanCase } from './conformance/scan-cases.js';

/** What is held against the reference. */
export interface ConformanceSubject {
  loadEngine(bundle: LoadedBundle): Promise<ModelEngine>;
  /** Largest |difference| over largest |expected| that a whole model may show: what its number format leaves. */
  modelTolerance?: number;
  /** Every scan kernel to hold against it. */
  scanKernels: readonly SelectiveScanKernel[];
}

const EXPECTED = '.expected.safetensors';

/**
 * Runs every case in `directory` and yields its comparisons as they are made; a case that cannot be run is a comparison
 * that failed. Cases are `NAME.pth` + `NAME.json` + `NAME.expected.safetensors`, `selective-scan*.safetensors` and
 * `resize*.safetensors`, with the tensors that docs/conformance.md lists.
 * @throws AppError `file-not-found` when there is no such directory or nothing in it to run.
 */
export async function* runConformance(
  directory: string,
  subject: ConformanceSubject,
): AsyncGenerator<Comparison> {
  for (const name of caseNames(directory)) {
    try {
      const comparisons = await runCase(directory, name, subject);
      if (comparisons.length === 0) yield notCompared({ case: name, tensor: '' }, 'the case expects nothing');
      yield* comparisons;
    } catch (thrown) {
      yield notCompared({ case: name, tensor: '' }, toAppError(thrown).message);
    }
  }
}

function caseNames(directory: string): string[] {
  if (!existsSync(directory)) throw new AppError('file-not-found', `There is no folder ${directory}.`);
  const files = readdirSync(directory);
  // A checkpoint without its expectation is an incomplete case and must fail, not vanish.
  const models = files.flatMap((file) => {
    if (file.endsWith(EXPECTED)) return [file.slice(0, -EXPECTED.length)];
    return file.endsWith('.pth') ? [file.slice(0, -'.pth'.length)] : [];
  });
  const operators = files
    .filter((file) => /^(selective-scan|resize).*\.safetensors$/.test(file) && !file.endsWith(EXPECTED))
    .map((file) => file.slice(0, -'.safetensors'.length));
  const names = [...new Set([...models, ...operators])].sort();
  if (names.length === 0) {
    throw new AppError(
      'file-not-found',
      `${directory} holds no case: no NAME${EXPECTED}, selective-scan*.safetensors or resize*.safetensors.`,
    );
  }
  return names;
}

async function runCase(directory: string, name: string, subject: ConformanceSubject): Promise<Comparison[]> {
  const path = (ending: string) => join(directory, name + ending);
  if (!existsSync(path(EXPECTED)) && existsSync(path('.safetensors'))) {
    return withFile(path('.safetensors'), async (file) =>
      casePrefixes(file).flatMap((prefix) =>
        runOperatorCase(name, prefix, new CaseTensors(file, prefix), subject),
      ),
    );
  }
  return await withFile(path(EXPECTED), async (file) => {
    const bundle = openModel(path('.pth'), path('.json'));
    const engine = await subject.loadEngine(bundle);
    try {
      const run = bundle.description.kind === 'retrieval' ? runRetrievalCase : runClassificationCase;
      const comparisons = await run(name, new CaseTensors(file), engine);
      const { modelTolerance } = subject;
      if (modelTolerance === undefined) return comparisons;
      return comparisons.map((comparison) => withTolerance(comparison, modelTolerance));
    } finally {
      await engine.close();
    }
  });
}

/** The checkpoint as the model that its config describes. */
function openModel(checkpointPath: string, configPath: string): LoadedBundle {
  const config = parseImportConfig(readFileSync(configPath, 'utf8'), configPath);
  const checkpoint = openCheckpoint(checkpointPath);
  try {
    return bundleFromCheckpoint(checkpoint, config);
  } finally {
    checkpoint.close();
  }
}

function runOperatorCase(
  name: string,
  prefix: string,
  tensors: CaseTensors,
  { scanKernels }: ConformanceSubject,
): Comparison[] {
  const label = prefix === '' ? name : `${name} ${prefix.slice(0, -1)}`;
  if (name.startsWith('resize')) return runResizeCase(label, tensors);
  return scanKernels.flatMap((kernel) => runScanCase(label, tensors, kernel));
}

async function withFile<Result>(
  path: string,
  use: (file: SafetensorsFile) => Promise<Result>,
): Promise<Result> {
  const file = SafetensorsFile.open(path, { followLinks: true });
  try {
    return await use(file);
  } finally {
    file.close();
  }
}
