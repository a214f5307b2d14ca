import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { restoreFolder } from '../composition/open-backup.js';
import { interruptSignal } from './interrupt.js';
import { readSettings, settingsArguments } from './settings.js';
import { ShareBar } from './share-bar.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

export const restoreCommand = defineCommand({
  meta: {
    name: 'restore',
    description: 'Restore a backup; all of it is verified before anything is written',
  },
  plugins: [strictFlags],
  args: {
    backup: {
      type: 'positional',
      required: true,
      description: 'A backup, or the folder of backups, of which the newest is taken',
    },
    overwrite: { type: 'boolean', description: 'Replace the library that is in the data folder' },
    data: settingsArguments.data,
    config: settingsArguments.config,
    json: { type: 'boolean', description: 'Print the report as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new ShareBar(terminal);
    const { dataFolder } = readSettings(args);
    try {
      const { backup, manifest } = await restoreFolder(resolve(args.backup), dataFolder, {
        overwrite: args.overwrite ?? false,
        signal: interruptSignal(),
        onProgress: (share) => bar.show(share < 0.5 ? 'verifying' : 'restoring', share),
      });
      bar.stop();
      for (const { title, reason } of manifest.withoutFile) {
        terminal.note(`${printable(title)} has no file in the backup: ${printable(reason)}`);
      }
      const { videos, clips, createdAt } = manifest;
      terminal.line(
        args.json
          ? JSON.stringify({ backup, dataFolder, ...manifest })
          : `${videos} videos, ${clips} clips of ${createdAt} restored to ${dataFolder}.`,
      );
    } finally {
      bar.stop();
    }
  },
});
