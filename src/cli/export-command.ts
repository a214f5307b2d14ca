import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { defineCommand } from 'citty';
import { exportLibrary } from '../app/archive/export-library.js';
import { openLibraryExport } from '../composition/open-archive.js';
import { AppError } from '../domain/errors.js';
import { VERSION } from '../version.js';
import { interruptSignal } from './interrupt.js';
import { errorText } from './report-error.js';
import { readSettings, settingsArguments } from './settings.js';
import { ShareBar } from './share-bar.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

export const exportCommand = defineCommand({
  meta: {
    name: 'export',
    description: 'Write the whole library into one file: videos, clips, vectors, captions',
  },
  plugins: [strictFlags],
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'Archive to write, as library.tar; - for standard output',
    },
    media: { type: 'boolean', description: "The videos' files too" },
    overwrite: { type: 'boolean', description: 'Replace a file that is there already' },
    data: settingsArguments.data,
    config: settingsArguments.config,
    json: { type: 'boolean', description: 'Print the report as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new ShareBar(terminal);
    const toStandardOutput = args.file === '-';
    const target = resolve(args.file);
    if (!toStandardOutput && existsSync(target) && !args.overwrite) {
      throw new AppError('conflict', `${target} is there already.`, {
        hint: 'Name another file, or add --overwrite.',
      });
    }
    const { snapshot, blobs, close } = await openLibraryExport(readSettings(args));
    const withoutFile: string[] = [];
    try {
      const signal = interruptSignal();
      const archive = exportLibrary(snapshot, blobs, {
        media: args.media ?? false,
        version: VERSION,
        signal,
        onProgress: (share) => bar.show('exporting', share),
        onMissing: (title, error) => {
          withoutFile.push(title);
          terminal.note(`${printable(title)} goes without its file: ${errorText(error)}`);
        },
      });
      if (toStandardOutput) {
        await pipeline(Readable.from(archive), process.stdout, { end: false });
        return;
      }
      await writeWhole(target, archive);
      bar.stop();
      const { videos, clips } = snapshot.counts;
      const report = {
        file: target,
        videos,
        clips,
        modelFingerprint: snapshot.modelFingerprint ?? null,
        withoutFile,
      };
      terminal.line(
        args.json ? JSON.stringify(report) : `${videos} videos, ${clips} clips written to ${target}.`,
      );
    } finally {
      bar.stop();
      await close();
    }
  },
});

/** Under its name only when all of it is on the disk. */
async function writeWhole(target: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${target}.part`;
  try {
    await pipeline(Readable.from(content), createWriteStream(temporary));
    for (const path of [temporary, dirname(target)]) {
      const handle = await open(path, 'r');
      await handle.sync().finally(() => handle.close());
      if (path === temporary) await rename(temporary, target);
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw storageError(error, target);
  }
}

function storageError(error: unknown, target: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('out-of-storage', `There is no room on the disk for ${target}.`, { cause: error });
  }
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR') {
    return new AppError('invalid-input', `${target} cannot be written (${code}).`, { cause: error });
  }
  return error;
}
