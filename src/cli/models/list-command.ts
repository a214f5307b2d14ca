import { defineCommand } from 'citty';
import Table from 'cli-table3';
import { type InstalledModel, listModels } from '../../app/models/list-models.js';
import { AppError } from '../../domain/errors.js';
import type { CatalogueModel } from '../../model/model-catalogue.js';
import { errorFacts, errorText } from '../report-error.js';
import { readSettings } from '../settings.js';
import { strictFlags } from '../strict-flags.js';
import { printable, processTerminal } from '../terminal.js';
import { catalogueArgument, modelArguments, readCatalogue, SHIPPED_MODELS } from './model-arguments.js';

export const listCommand = defineCommand({
  meta: { name: 'list', description: 'List the models on this machine, or those that can be pulled' },
  plugins: [strictFlags],
  args: {
    available: { type: 'boolean', description: 'Those that can be pulled' },
    ...catalogueArgument,
    ...modelArguments,
  },
  async run({ args }) {
    const terminal = processTerminal();
    if (args.available) {
      const models = await readCatalogue(args.catalogue);
      terminal.line(
        args.json ? JSON.stringify({ models: models.map(catalogueFacts) }) : catalogueTable(models),
      );
      return;
    }
    const models = await listModels(readSettings(args).modelsFolder, SHIPPED_MODELS);
    if (args.json) terminal.line(JSON.stringify({ models: models.map(installedFacts) }));
    else for (const line of [installedTable(models), ...complaints(models)]) terminal.line(line);
  },
});

function installedFacts({ id, folder, model }: InstalledModel): Record<string, unknown> {
  return model instanceof AppError ? { id, folder, error: errorFacts(model) } : { id, folder, ...model };
}

function installedTable(models: readonly InstalledModel[]): string {
  const rows = models.map(({ id, folder, model }) =>
    model instanceof AppError
      ? [printable(id), 'cannot be used', '', '', '', printable(folder)]
      : [
          printable(id),
          model.kind,
          `${(model.parameters / 1e6).toFixed(1)} M`,
          `${model.video.frames} x ${model.video.imageSize} px`,
          printable(model.license),
          printable(folder),
        ],
  );
  return tableOf(['NAME', 'KIND', 'WEIGHTS', 'FRAMES', 'LICENCE', 'FOLDER'], rows);
}

function complaints(models: readonly InstalledModel[]): string[] {
  return models.flatMap(({ id, model }) =>
    model instanceof AppError ? [`${printable(id)}: ${errorText(model)}`] : [],
  );
}

function catalogueFacts({ name, description, license, source, checkpoint, tokenizer }: CatalogueModel) {
  return {
    name,
    description,
    license,
    source,
    files: [checkpoint, ...(tokenizer === undefined ? [] : [tokenizer])],
  };
}

function catalogueTable(models: readonly CatalogueModel[]): string {
  return tableOf(
    ['NAME', 'LICENCE', 'WHAT IT IS'],
    models.map(({ name, license, description }) => [name, license, description]),
  );
}

function tableOf(head: string[], rows: string[][]): string {
  const none = Object.fromEntries(
    'top,top-mid,top-left,top-right,bottom,bottom-mid,bottom-left,bottom-right,left,left-mid,mid,mid-mid,right,right-mid'
      .split(',')
      .map((part) => [part, '']),
  );
  const table = new Table({
    head,
    chars: { ...none, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows);
  return table.toString();
}
