import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { findModel, listModels } from '../../app/models/list-models.js';
import { type ReembedResult, reembedLibrary } from '../../app/models/reembed-library.js';
import { openModelSwitch } from '../../composition/open-model-switch.js';
import { interruptSignal } from '../interrupt.js';
import { readSettings, settingsArguments } from '../settings.js';
import { ShareBar } from '../share-bar.js';
import { strictFlags } from '../strict-flags.js';
import { printable, processTerminal } from '../terminal.js';
import { modelArguments, SHIPPED_MODELS } from './model-arguments.js';

export const useCommand = defineCommand({
  meta: {
    name: 'use',
    description: 'Bring the library to another model; a search finds the old vectors until then',
  },
  plugins: [strictFlags],
  args: {
    model: {
      type: 'positional',
      required: true,
      description: 'Name of a model here, or the folder of a bundle',
    },
    'skip-unreadable': {
      type: 'boolean',
      description: 'Go on without videos whose files are gone or damaged',
    },
    data: settingsArguments.data,
    ...modelArguments,
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new ShareBar(terminal);
    const { dataFolder, databaseUrl, modelsFolder } = readSettings(args);
    const models = await listModels(modelsFolder, SHIPPED_MODELS);
    const isNamed = models.some(({ id }) => id === args.model) || !existsSync(args.model);
    const bundleFolder = resolve(isNamed ? findModel(models, args.model).folder : args.model);
    const dependencies = await openModelSwitch({ dataFolder, databaseUrl, bundleFolder });
    try {
      const result = await reembedLibrary(
        { bundleFolder, skipUnreadable: args['skip-unreadable'] ?? false },
        dependencies,
        { signal: interruptSignal(), report: (stage, share) => bar.show(stage, share) },
      );
      bar.stop();
      if (args.json) terminal.line(JSON.stringify({ ...result, bundleFolder }));
      else for (const line of lines(args.model, result)) terminal.line(printable(line));
    } finally {
      bar.stop();
      await dependencies.close();
    }
  },
});

function lines(name: string, { status, fingerprint, unreadable }: ReembedResult): string[] {
  return [
    status === 'in-use' ? `The library is of ${name} already.` : `The library is of ${name} now.`,
    ...unreadable.map((title) => `Left out: ${title}`),
    `fingerprint ${fingerprint}`,
  ];
}
