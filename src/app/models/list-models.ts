import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toAppError } from '../../domain/errors.js';
import { readBundleDescription } from '../../model/read-bundle.js';
import { describeModel, type ModelDescription } from './describe-model.js';

/** A bundle on this machine. */
export interface InstalledModel {
  /** What it is called here: the name of its folder. */
  id: string;
  folder: string;
  /** What its bundle.json says, or why it cannot be used. */
  model: ModelDescription | AppError;
}

/**
 * The bundles there are: the ones that ship, and those in the models folder. Weights are not read.
 * @param shipped folders by the name they are called.
 */
export async function listModels(
  modelsFolder: string,
  shipped: Readonly<Record<string, string>>,
): Promise<InstalledModel[]> {
  const names = await readdir(modelsFolder, { withFileTypes: true }).catch(() => []);
  const pulled = names
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !(entry.name in shipped))
    .map((entry) => [entry.name, join(modelsFolder, entry.name)] as const);
  return [...Object.entries(shipped), ...pulled]
    .map(([id, folder]) => ({ id, folder, model: describe(folder) }))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** @throws AppError `not-found` that tells the names there are. */
export function findModel(models: readonly InstalledModel[], id: string): InstalledModel {
  const found = models.find((model) => model.id === id);
  if (found !== undefined) return found;
  throw new AppError('not-found', `There is no model ${JSON.stringify(id)} here.`, {
    hint: `There are ${models.map((model) => model.id).join(', ')}; "videre models pull" brings others.`,
  });
}

function describe(folder: string): ModelDescription | AppError {
  try {
    return describeModel(readBundleDescription(folder));
  } catch (error) {
    return toAppError(error);
  }
}
