import { readFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import Table from 'cli-table3';
import { searchLibrary } from '../app/search/search-library.js';
import { DEFAULT_LIMIT } from '../app/search/search-request.js';
import { assertLibraryExists } from '../composition/data-folder.js';
import { openSearch, openVisualQueries } from '../composition/open-search.js';
import { AppError } from '../domain/errors.js';
import type { Moment } from '../domain/moment.js';
import { formatTime } from './format-time.js';
import { interruptSignal } from './interrupt.js';
import { searchQuery } from './search-query.js';
import { readModelSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

export const searchCommand = defineCommand({
  meta: { name: 'search', description: 'Find the moments that fit a text, a picture or a clip' },
  plugins: [strictFlags],
  args: {
    text: { type: 'positional', required: false, description: 'What the video shows, in plain words' },
    image: { type: 'string', valueHint: 'FILE', description: 'Find what looks like this picture' },
    like: {
      type: 'string',
      valueHint: 'VIDEO[@START-END]',
      description: 'Find what is like this video of the library (its id), or these seconds of it',
    },
    tag: { type: 'string', valueHint: 'TAG[,TAG]', description: 'Only videos that have all these tags' },
    'group-by': {
      type: 'enum',
      options: ['clip', 'video'],
      description: 'clip: every moment; video: the best of each video (default clip)',
    },
    exact: { type: 'boolean', description: 'Compare with every clip: slower, never misses one' },
    rerank: { type: 'boolean', description: 'Let the model read words and frames of the best together' },
    hybrid: { type: 'boolean', description: 'Look for the words in titles, tags and captions as well' },
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
    const text = args._.join(' ');
    const image = args.image === undefined ? undefined : await readImage(args.image);
    const query = searchQuery({ text, image, like: args.like });
    const limit = args.limit === undefined ? DEFAULT_LIMIT : parseLimit(args.limit);
    const signal = interruptSignal();
    const settings = await readModelSettings(args);
    assertLibraryExists(settings);
    const dependencies = await openSearch(settings);
    try {
      const visual = image === undefined ? undefined : await openVisualQueries(settings.bundleFolder);
      try {
        const { exact, rerank, hybrid, 'group-by': groupBy } = args;
        const filter = args.tag === undefined ? {} : { tags: args.tag.split(',') };
        const request = { query, limit, filter, groupBy, exact, rerank, hybrid, signal };
        const { moments, noGoodMatch } = await searchLibrary({ ...dependencies, visual }, request);
        const { clips } = await dependencies.catalog.size();
        if (args.json) terminal.line(JSON.stringify({ query: text, results: moments, noGoodMatch }));
        else if (moments.length > 0) terminal.line(momentTable(moments));
        else terminal.line(emptyResult(clips));
        if (!args.json && moments.length > 0 && noGoodMatch) {
          terminal.line('No good match: unrelated queries find moments as near as these.');
        }
      } finally {
        await visual?.close();
      }
    } finally {
      await dependencies.close();
    }
  },
});

function emptyResult(clips: number): string {
  return clips === 0
    ? 'The library is empty. Fill it with: videre ingest PATHS...'
    : `None of the ${clips} clips passes the filter.`;
}

/** The table of results, best first. */
export function momentTable(moments: readonly (Moment & { relevance?: number | null })[]): string {
  const table = new Table({
    head: ['', 'video', 'start', 'end', 'score', 'relevance'],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  moments.forEach(({ title, startSeconds, endSeconds, score, relevance }, rank) => {
    table.push([
      rank + 1,
      printable(title),
      formatTime(startSeconds),
      formatTime(endSeconds),
      score.toFixed(3),
      relevance === undefined || relevance === null ? '' : `${Math.round(relevance * 100)} %`,
    ]);
  });
  return table.toString();
}

function parseLimit(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new AppError('invalid-input', `--limit takes a whole number, not ${JSON.stringify(text)}.`);
}

async function readImage(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AppError('file-not-found', `The picture ${path} cannot be read.`, { cause });
  }
}
