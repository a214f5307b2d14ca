import { defineCommand } from 'citty';
import Table from 'cli-table3';
import { deleteVideo } from '../app/videos/delete-video.js';
import { noSuchVideo } from '../app/videos/no-such-video.js';
import { assertLibraryExists } from '../composition/data-folder.js';
import { openVideos, type VideosDependencies } from '../composition/open-videos.js';
import { AppError } from '../domain/errors.js';
import type { ListedVideo } from '../ports/catalog.js';
import { formatTime } from './format-time.js';
import { type Flags, readSettings, settingsArguments } from './settings.js';
import { strictCommands } from './strict-commands.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

const { data, config } = settingsArguments;
const shared = { data, config, json: { type: 'boolean', description: 'Print the result as JSON' } } as const;
const id = {
  type: 'positional',
  required: true,
  description: 'Its id, as videre videos list shows it',
} as const;

const DEFAULT_LIMIT = 100;

const listCommand = defineCommand({
  meta: { name: 'list', description: 'List the videos of the library, newest first' },
  plugins: [strictFlags],
  args: {
    title: { type: 'string', valueHint: 'TEXT', description: 'Only those with this in their title' },
    tag: { type: 'string', valueHint: 'TAG', description: 'Only those with this tag' },
    limit: {
      type: 'string',
      alias: 'n',
      valueHint: 'N',
      description: `Most videos (default ${DEFAULT_LIMIT})`,
    },
    cursor: { type: 'string', valueHint: 'CURSOR', description: 'Go on where the list before ended' },
    ...shared,
  },
  async run({ args }) {
    const terminal = processTerminal();
    const limit = args.limit === undefined ? DEFAULT_LIMIT : parseLimit(args.limit);
    const filter = { titleContains: args.title, tag: args.tag };
    const page = await withVideos(args, false, ({ catalog }) =>
      catalog.listVideos(limit, args.cursor, filter),
    );
    if (args.json) terminal.line(JSON.stringify(page));
    else if (page.videos.length > 0) terminal.line(videoTable(page.videos));
    else terminal.line('There are none.');
    if (!args.json && page.nextCursor !== undefined) {
      terminal.note(`There are more: videre videos list --cursor ${page.nextCursor}`);
    }
  },
});

const showCommand = defineCommand({
  meta: { name: 'show', description: 'Show all that is known of a video' },
  plugins: [strictFlags],
  args: { id, ...shared },
  async run({ args }) {
    const terminal = processTerminal();
    const video = await withVideos(args, false, ({ catalog }) => catalog.getVideo(args.id));
    if (video === undefined) throw noSuchVideo(args.id);
    if (args.json) terminal.line(JSON.stringify(video));
    else for (const line of videoLines(video)) terminal.line(line);
  },
});

const tagCommand = defineCommand({
  meta: { name: 'tag', description: 'Give a video tags; a minus before one takes it away: -- -old' },
  plugins: [strictFlags],
  args: {
    id,
    tags: { type: 'positional', required: true, valueHint: '...', description: 'Tags' },
    ...shared,
  },
  async run({ args }) {
    const [videoId, ...changes] = args._;
    const video = await withVideos(args, true, async ({ catalog }) => {
      const found = await catalog.getVideo(videoId!);
      if (found === undefined) throw noSuchVideo(videoId!);
      const tags = changedTags(found.tags, changes);
      return catalog.updateVideo(found.id, { tags }, found.revision);
    });
    if (video === undefined) throw noSuchVideo(videoId!);
    const { tags } = video;
    const told = tags.length === 0 ? 'no tags' : tags.map(printable).join(', ');
    processTerminal().line(
      args.json ? JSON.stringify({ id: video.id, tags }) : `${printable(video.title)}: ${told}`,
    );
  },
});

const deleteCommand = defineCommand({
  meta: {
    name: 'delete',
    description: 'Delete videos and everything made of them; files ingested by path stay',
  },
  plugins: [strictFlags],
  args: {
    ids: { type: 'positional', required: true, valueHint: '...', description: 'Their ids, one or more' },
    ...shared,
  },
  async run({ args }) {
    const terminal = processTerminal();
    await withVideos(args, true, async (dependencies) => {
      for (const videoId of args._) {
        const { video, clipIds } = await deleteVideo(dependencies, videoId);
        const facts = { id: video.id, status: 'deleted', clips: clipIds.length };
        terminal.line(args.json ? JSON.stringify(facts) : `Deleted ${printable(video.title)}.`);
      }
    });
  },
});

/** `videre videos ...` */
export const videosCommand = defineCommand({
  meta: { name: 'videos', description: 'List, show, tag and delete the videos of the library' },
  plugins: [strictCommands],
  subCommands: { list: listCommand, show: showCommand, tag: tagCommand, delete: deleteCommand },
});

async function withVideos<Result>(
  flags: Flags,
  isChanging: boolean,
  work: (dependencies: VideosDependencies) => Promise<Result>,
): Promise<Result> {
  const settings = readSettings(flags);
  assertLibraryExists(settings);
  const dependencies = await openVideos(settings, isChanging);
  return work(dependencies).finally(() => dependencies.close());
}

function changedTags(before: readonly string[], changes: readonly string[]): string[] {
  const tags = new Set(before);
  for (const change of changes) {
    if (change.startsWith('-')) tags.delete(change.slice(1));
    else tags.add(change);
  }
  return [...tags];
}

function parseLimit(text: string): number {
  const limit = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
  if (limit !== undefined) return limit;
  throw new AppError('invalid-input', `--limit takes a whole number from 1, not ${JSON.stringify(text)}.`);
}

function videoTable(videos: readonly ListedVideo[]): string {
  const table = new Table({
    head: ['id', 'title', 'length', 'clips', 'status', 'tags'],
    colAligns: ['left', 'left', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { id, title, durationSeconds, clipCount, status, tags } of videos) {
    const length = durationSeconds === null ? '' : formatTime(durationSeconds);
    table.push([id, printable(title), length, clipCount, status, tags.map(printable).join(', ')]);
  }
  return table.toString();
}

function videoLines(video: ListedVideo): string[] {
  const { width, height, durationSeconds, frameCount, container, codec } = video;
  const facts: [name: string, value: string][] = [
    ['id', video.id],
    ['title', video.title],
    ['status', video.status],
    ['description', video.description],
    ['tags', video.tags.join(', ')],
    ['metadata', JSON.stringify(video.metadata)],
    ['from', video.sourcePath],
    [
      'file',
      `${video.sizeBytes} bytes, ${video.blobKey === null ? 'left where it was' : 'kept in the library'}`,
    ],
    ['sha-256', video.contentHash],
    ['clips', String(video.clipCount)],
    ['added', new Date(video.createdAtMs).toISOString()],
  ];
  if (durationSeconds !== null) {
    facts.push(['picture', `${width} x ${height}, ${frameCount} frames, ${formatTime(durationSeconds)}`]);
    facts.push(['format', `${codec} in ${container}`]);
  }
  return facts.map(([name, value]) => `${name.padEnd(12)}${printable(value)}`);
}
