import { defineCommand } from 'citty';
import { migrateLibrary } from '../app/migrate/migrate-library.js';
import { openMigrationEnd } from '../composition/open-migration.js';
import { interruptSignal } from './interrupt.js';
import { ShareBar } from './share-bar.js';
import { strictFlags } from './strict-flags.js';
import { processTerminal } from './terminal.js';

export const migrateCommand = defineCommand({
  meta: {
    name: 'migrate',
    description:
      'Take a library to another database, and verify every row; the same command goes on where it broke off',
  },
  plugins: [strictFlags],
  args: {
    from: {
      type: 'positional',
      required: true,
      description: 'sqlite://PATH of a data folder, or postgres://...',
    },
    to: { type: 'positional', required: true, description: 'The same, of a database that is empty' },
    json: { type: 'boolean', description: 'Print the report as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new ShareBar(terminal);
    const source = await openMigrationEnd(args.from, true);
    try {
      const target = await openMigrationEnd(args.to, false);
      try {
        const report = await migrateLibrary(source.rows, target.rows, {
          signal: interruptSignal(),
          onProgress: (stage, share) => bar.show(stage, share),
        });
        bar.show('arranging', 0);
        await target.arrange();
        bar.stop();
        const { videos, clips } = report.rows;
        const sentence = `${videos} videos and ${clips} clips are the same in both (SHA-256 ${report.sha256}); ${report.copied} rows copied.`;
        terminal.line(args.json ? JSON.stringify(report) : sentence);
        if (!args.json)
          terminal.note('Media files stay where they are: serve with the same --data, or copy it.');
      } finally {
        bar.stop();
        await target.close();
      }
    } finally {
      await source.close();
    }
  },
});
