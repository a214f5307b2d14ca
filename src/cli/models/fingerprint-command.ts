import { existsSync } from 'node:fs';
import { defineCommand } from 'citty';
import { findModel, listModels } from '../../app/models/list-models.js';
import { loadBundle } from '../../model/read-bundle.js';
import { readSettings } from '../settings.js';
import { strictFlags } from '../strict-flags.js';
import { processTerminal } from '../terminal.js';
import { modelArguments, SHIPPED_MODELS } from './model-arguments.js';

export const fingerprintCommand = defineCommand({
  meta: {
    name: 'fingerprint',
    description: 'Print the fingerprint of a model: equal ones make equal vectors',
  },
  plugins: [strictFlags],
  args: {
    model: {
      type: 'positional',
      required: true,
      description: 'Name of a model here, or the folder of a bundle',
    },
    ...modelArguments,
  },
  async run({ args }) {
    const models = await listModels(readSettings(args).modelsFolder, SHIPPED_MODELS);
    const named = models.some(({ id }) => id === args.model) || !existsSync(args.model);
    const folder = named ? findModel(models, args.model).folder : args.model;
    const { fingerprint } = await loadBundle(folder);
    processTerminal().line(args.json ? JSON.stringify({ folder, fingerprint }) : fingerprint);
  },
});
