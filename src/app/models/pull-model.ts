import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import type { CatalogueModel } from '../../model/model-catalogue.js';
import { loadBundle } from '../../model/read-bundle.js';
import type { DownloadedFile, DownloadProgress, HubFile, ModelHub } from '../../ports/model-hub.js';
import { importCheckpoint } from '../import-checkpoint.js';
import { ModelPins } from './model-pins.js';

export interface PullDependencies {
  hub: ModelHub;
  /** Takes a folder a bundle. */
  modelsFolder: string;
  /** @throws AppError `invalid-model` when the bundle in the folder does not work here. */
  selfTest: (bundleFolder: string) => Promise<void>;
}

export interface PullOptions {
  /** Download and import again what is there already. */
  overwrite?: boolean;
  signal?: AbortSignal | undefined;
  onStage?: ((stage: PullStage, file?: string) => void) | undefined;
  onDownload?: ((file: string, progress: DownloadProgress) => void) | undefined;
}

export type PullStage = 'downloading' | 'importing' | 'testing';

export interface PulledModel {
  status: 'pulled' | 'present';
  bundle: LoadedBundle;
  folder: string;
  /** Files whose hash nobody had told before: what they are now is remembered. */
  pinned: { path: string; sha256: string }[];
}

/**
 * Brings a model of the catalogue: downloads its checkpoint and tokenizer, makes a bundle of them, and tries it. The
 * downloads are kept until the bundle works, so that nothing is fetched twice; only then does it take its place.
 * @throws AppError what `ModelHub`, `importCheckpoint` and the self-test throw.
 */
export async function pullModel(
  model: CatalogueModel,
  { hub, modelsFolder, selfTest }: PullDependencies,
  { overwrite = false, signal, onStage, onDownload }: PullOptions = {},
): Promise<PulledModel> {
  const folder = join(modelsFolder, model.name);
  if (existsSync(folder) && !overwrite) {
    return { status: 'present', bundle: await loadBundle(folder), folder, pinned: [] };
  }
  const downloads = join(modelsFolder, '.downloads', model.name);
  const pins = new ModelPins(join(modelsFolder, 'pins.json'));
  const pinned: PulledModel['pinned'] = [];

  const fetchFile = async (file: HubFile): Promise<{ path: string; facts: DownloadedFile }> => {
    onStage?.('downloading', file.path);
    const path = join(downloads, basename(file.path));
    const known = file.sha256 ?? (await pins.sha256Of(file));
    const facts = await hub.download({ ...file, sha256: known }, path, {
      signal,
      onProgress: (progress) => onDownload?.(file.path, progress),
    });
    if (known === undefined) {
      await pins.remember(file, facts.sha256);
      pinned.push({ path: file.path, sha256: facts.sha256 });
    }
    return { path, facts };
  };

  const checkpoint = await fetchFile(model.checkpoint);
  const tokenizer = model.tokenizer === undefined ? undefined : await fetchFile(model.tokenizer);
  onStage?.('importing');
  const untried = join(downloads, 'bundle');
  await importCheckpoint({
    checkpointPath: checkpoint.path,
    config: {
      ...model.config,
      provenance: { ...model.config.provenance, ...originOf(model, checkpoint.facts) },
    },
    tokenizerPath: tokenizer?.path,
    outputFolder: untried,
    overwrite: true,
  });
  onStage?.('testing');
  await selfTest(untried);
  if (overwrite && existsSync(folder)) await rename(folder, join(downloads, 'replaced'));
  await rename(untried, folder);
  await rm(downloads, { recursive: true, force: true });
  return { status: 'pulled', bundle: await loadBundle(folder), folder, pinned };
}

function originOf(
  { source, checkpoint }: CatalogueModel,
  { commit }: DownloadedFile,
): Record<string, unknown> {
  const { repository, revision, path } = checkpoint;
  return { source, repository, revision: commit ?? revision, file: path };
}
