import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { importLibrary } from '../app/archive/import-library.js';
import { openLibraryImport } from '../composition/open-archive.js';
import { interruptSignal } from './interrupt.js';
import { readSettings, settingsArguments } from './settings.js';
import { ShareBar } from './share-bar.js';
import { strictFlags } from './strict-flags.js';
import { processTerminal } from './terminal.js';

export const importCommand = defineCommand({
  meta: { name: 'import', description: 'Take the library in an archive; all of it is verified first' },
  plugins: [strictFlags],
  args: {
    file: { type: 'positional', required: true, description: 'Archive that videre export wrote' },
    merge: {
      type: 'boolean',
      description: 'Add it to what the library holds; videos it knows stay as they are',
    },
    data: settingsArguments.data,
    config: settingsArguments.config,
    json: { type: 'boolean', description: 'Print the report as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new ShareBar(terminal);
    const settings = readSettings(args);
    const { dataFolder } = settings;
    const dependencies = await openLibraryImport(settings);
    try {
      const report = await importLibrary(resolve(args.file), dependencies, {
        merge: args.merge ?? false,
        signal: interruptSignal(),
        onProgress: (stage, share) => bar.show(stage, share),
      });
      bar.stop();
      const { added, known, clips, files } = report;
      const sentence = `${added} videos with ${clips} clips and ${files} files taken in, ${known} known already.`;
      terminal.line(args.json ? JSON.stringify({ ...report, dataFolder }) : sentence);
    } finally {
      bar.stop();
      await dependencies.close();
    }
  },
});
