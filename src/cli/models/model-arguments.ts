import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../domain/errors.js';
import { type CatalogueModel, parseModelCatalogue } from '../../model/model-catalogue.js';
import { SETTINGS, SHIPPED_BUNDLE } from '../settings/table.js';
import { settingsArguments } from '../settings.js';

/** The bundles that ship, by the names they are called. */
export const SHIPPED_MODELS = { playground: SHIPPED_BUNDLE };

const SHIPPED_CATALOGUE = fileURLToPath(new URL('../../../models/catalogue.json', import.meta.url));

/** The arguments of the commands that look at models. */
export const modelArguments = {
  models: {
    type: 'string',
    valueHint: 'DIR',
    description: `${SETTINGS.modelsFolder.description} (or VIDERE_MODELS; by default under your data home)`,
  },
  config: settingsArguments.config,
  json: { type: 'boolean', description: 'Print the result as JSON' },
} as const;

export const catalogueArgument = {
  catalogue: {
    type: 'string',
    valueHint: 'FILE',
    description: 'Catalogue of models that can be pulled (by default the one that ships)',
  },
} as const;

export const idArgument = {
  id: {
    type: 'positional',
    required: true,
    description: 'Name of the model, as videre models list shows it',
  },
} as const;

/** @throws AppError `file-not-found`, `invalid-input`. */
export async function readCatalogue(path: string = SHIPPED_CATALOGUE): Promise<CatalogueModel[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('file-not-found', `The catalogue ${path} cannot be read.`, { cause });
  }
  return parseModelCatalogue(text, path);
}
