import { defineCommand } from 'citty';
import Table from 'cli-table3';
import { DEFAULT_LIMIT } from '../app/search/search-request.js';
import { searchClips } from '../app/search-clips.js';
import { assertLibraryExists, openSearch } from '../composition.js';
import { AppError } from '../domain/errors.js';
import type { Moment } from '../domain/moment.js';
import { formatTime } from './format-time.js';
import { interruptSignal } from './interrupt.js';
import { readSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

export const searchCommand = defineCommand({
  meta: { name: 'search', description: 'Find the moments that fit a text' },
  plugins: [strictFlags],
  args: {
    text: { type: 'positional', description: 'What the video shows, in plain words' },
    limit: {
      type: 'string',
      alias: 'n',
      valueHint: 'N',
      description: `Most results (default ${DEFAULT_LIMIT})`,
    },
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print the results as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const query = args._.join(' ');
    const limit = args.limit === undefined ? DEFAULT_LIMIT : parseLimit(args.limit);
    const signal = interruptSignal();
    const settings = readSettings(args);
    assertLibraryExists(settings.dataFolder);
    const dependencies = await openSearch(settings);
    try {
      const moments = await searchClips(dependencies, { query, limit, signal });
      if (args.json) terminal.line(JSON.stringify({ query, results: moments }));
      else if (moments.length > 0) terminal.line(momentTable(moments));
      else terminal.line('The library is empty. Fill it with: videre ingest PATHS...');
    } finally {
      await dependencies.close();
    }
  },
});

/** The table of results, best first. */
export function momentTable(moments: readonly Moment[]): string {
  const table = new Table({
    head: ['', 'video', 'start', 'end', 'score'],
    colAligns: ['right', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  moments.forEach(({ title, startSeconds, endSeconds, score }, rank) => {
    table.push([
      rank + 1,
      printable(title),
      formatTime(startSeconds),
      formatTime(endSeconds),
      score.toFixed(3),
    ]);
  });
  return table.toString();
}

function parseLimit(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new AppError('invalid-input', `--limit takes a whole number, not ${JSON.stringify(text)}.`);
}
