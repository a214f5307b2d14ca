import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { backUpFolder, openVerifiedBackup } from '../composition/open-backup.js';
import { AppError } from '../domain/errors.js';
import { interruptSignal } from './interrupt.js';
import { readSettings, settingsArguments } from './settings.js';
import { ShareBar } from './share-bar.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

const MEBIBYTE = 2 ** 20;

export const backupCommand = defineCommand({
  meta: {
    name: 'backup',
    description: 'Back the library up while it is in use; what the backup before has is not stored twice',
  },
  plugins: [strictFlags],
  args: {
    folder: {
      type: 'positional',
      required: false,
      description: 'Folder of backups, best on another disk (default VIDERE_BACKUPS)',
    },
    verify: {
      type: 'boolean',
      description: 'Make none: read the newest there, or the one named, and say whether it is sound',
    },
    data: settingsArguments.data,
    config: settingsArguments.config,
    json: { type: 'boolean', description: 'Print the report as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new ShareBar(terminal);
    const settings = readSettings(args);
    const { backupFolder } = settings;
    const folder = args.folder === undefined ? backupFolder : resolve(args.folder);
    if (folder === undefined) {
      throw new AppError('invalid-input', 'There is no folder to back up to.', {
        hint: 'Name one: videre backup FOLDER, or set VIDERE_BACKUPS.',
      });
    }
    const signal = interruptSignal();
    const onProgress = (share: number) => bar.show(args.verify ? 'verifying' : 'backing up', share);
    try {
      if (args.verify) {
        const { backup, manifest } = await openVerifiedBackup(folder, { signal, onProgress });
        bar.stop();
        const { videos, clips, createdAt } = manifest;
        terminal.line(
          args.json
            ? JSON.stringify({ backup, status: 'sound', ...manifest })
            : `${backup} is sound: ${videos} videos, ${clips} clips, of ${createdAt}.`,
        );
        return;
      }
      const report = await backUpFolder(settings, { folder, signal, onProgress });
      bar.stop();
      for (const { title, reason } of report.withoutFile) {
        terminal.note(`${printable(title)} goes without its file: ${printable(reason)}`);
      }
      const { backup, videos, clips, newFiles, newBytes, knownFiles } = report;
      const sentence =
        `${videos} videos, ${clips} clips backed up to ${backup}: ` +
        `${newFiles} new files (${Math.ceil(newBytes / MEBIBYTE)} MiB), ${knownFiles} as in the backup before.`;
      terminal.line(args.json ? JSON.stringify(report) : sentence);
    } finally {
      bar.stop();
    }
  },
});
