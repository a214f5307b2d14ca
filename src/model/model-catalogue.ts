import { z } from 'zod';
import { AppError } from '../domain/errors.js';
import type { HubFile } from '../ports/model-hub.js';
import { type ImportConfig, parseImportConfig } from './import-config.js';
import { parseJson } from './parse-json.js';

/** A published model that can be had by its name. */
export interface CatalogueModel {
  name: string;
  description: string;
  /** SPDX. */
  license: string;
  /** Page that tells about it. */
  source: string;
  checkpoint: HubFile;
  /** `tokenizer.json` or `vocab.txt`; undefined for a model that reads no text. */
  tokenizer: HubFile | undefined;
  config: ImportConfig;
}

const hubFile = z.strictObject({
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'takes OWNER/NAME'),
  revision: z.string().regex(/^[\w./-]+$/),
  path: z.string().regex(/^[\w./-]+$/),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

const catalogueSchema = z.strictObject({
  format: z.literal('videre-model-catalogue/1'),
  models: z.array(
    z.strictObject({
      // It becomes the name of a folder.
      name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,99}$/, 'takes small letters, digits, dots and dashes'),
      description: z.string().min(1),
      license: z.string().min(1).max(200),
      source: z.url({ protocol: /^https?$/ }),
      checkpoint: hubFile,
      tokenizer: hubFile.optional(),
      /** As a CONFIG.json of `videre models import`. */
      import: z.record(z.string(), z.unknown()),
    }),
  ),
});

/**
 * @param file what error messages call it
 * @throws AppError `invalid-input` naming the field.
 */
export function parseModelCatalogue(json: string, file: string): CatalogueModel[] {
  const { models } = parseJson(catalogueSchema, json, file, 'invalid-input');
  return models.map(({ import: config, tokenizer, ...model }) => ({
    ...model,
    tokenizer,
    config: parseImportConfig(
      JSON.stringify({ name: model.name, license: model.license, ...config }),
      `${file}, model ${model.name}`,
    ),
  }));
}

/** @throws AppError `not-found` that tells the names there are. */
export function findInCatalogue(models: readonly CatalogueModel[], name: string): CatalogueModel {
  const found = models.find((model) => model.name === name);
  if (found !== undefined) return found;
  throw new AppError('not-found', `The catalogue has no model ${JSON.stringify(name)}.`, {
    hint: `It has ${models.map((model) => model.name).join(', ')}.`,
  });
}
