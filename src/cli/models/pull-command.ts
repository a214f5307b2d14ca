import { defineCommand } from 'citty';
import { type PulledModel, pullModel } from '../../app/models/pull-model.js';
import { openModelPull } from '../../composition/open-models.js';
import { findInCatalogue } from '../../model/model-catalogue.js';
import { interruptSignal } from '../interrupt.js';
import { readSettings } from '../settings.js';
import { strictFlags } from '../strict-flags.js';
import { printable, processTerminal } from '../terminal.js';
import { TransferBar } from '../transfer-bar.js';
import { catalogueArgument, modelArguments, readCatalogue } from './model-arguments.js';

export const pullCommand = defineCommand({
  meta: { name: 'pull', description: 'Download a published model, make a bundle of it, and try it' },
  plugins: [strictFlags],
  args: {
    name: {
      type: 'positional',
      required: true,
      description: 'Its name: videre models list --available shows them',
    },
    overwrite: { type: 'boolean', description: 'Download it again if it is here already' },
    ...catalogueArgument,
    ...modelArguments,
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new TransferBar(terminal);
    const model = findInCatalogue(await readCatalogue(args.catalogue), args.name);
    try {
      const pulled = await pullModel(model, openModelPull(readSettings(args)), {
        overwrite: args.overwrite ?? false,
        signal: interruptSignal(),
        onStage: (stage, file) => {
          bar.stop();
          terminal.note(file === undefined ? `${stage} ...` : `${stage} ${file} ...`);
        },
        onDownload: (file, { receivedBytes, totalBytes }) => bar.show(file, receivedBytes, totalBytes),
      });
      bar.stop();
      if (args.json) terminal.line(JSON.stringify(facts(pulled)));
      else for (const line of lines(model.name, pulled)) terminal.line(printable(line));
    } finally {
      bar.stop();
    }
  },
});

function facts({ status, folder, bundle, pinned }: PulledModel): Record<string, unknown> {
  return { status, folder, fingerprint: bundle.fingerprint, pinned, ...bundle.description };
}

function lines(name: string, { status, folder, bundle, pinned }: PulledModel): string[] {
  return [
    status === 'present' ? `${name} is here already; --overwrite downloads it again.` : `${name} works.`,
    ...pinned.map(
      ({ path, sha256 }) => `${path} was not known before; from now on it must have SHA-256 ${sha256}.`,
    ),
    `fingerprint ${bundle.fingerprint}`,
    `Use it with: --bundle ${folder}`,
  ];
}
