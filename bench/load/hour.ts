import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processTree } from '../../test/support/process-tree.js';
import { median } from '../median.js';
import { hourOf720p } from './hour-video.js';

const program = fileURLToPath(new URL('../../bin/videre.mjs', import.meta.url));
const SAMPLE_MS = 500;

/**
 * `videre ingest` of an hour of 720p: how much faster than it plays, and the memory of Videre and of the programs it starts
 * together. That the last quarter takes no more than the second tells that memory does not grow with the length.
 */
export async function measureHour(cacheFolder: string): Promise<Record<string, number>> {
  const path = await hourOf720p(cacheFolder);
  const dataFolder = await mkdtemp(join(tmpdir(), 'videre-hour-'));
  try {
    const start = performance.now();
    const child = spawn(process.execPath, [program, 'ingest', path, '--data', dataFolder, '--quiet'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const samples: number[] = [];
    const sampling = setInterval(() => samples.push(processTree(child.pid!).treeRssMb), SAMPLE_MS);
    const [code] = await once(child, 'exit');
    clearInterval(sampling);
    if (code !== 0) throw new Error(`videre ingest ended with exit code ${code}.`);
    const seconds = (performance.now() - start) / 1000;
    const quarter = (number: number) =>
      samples.slice((samples.length * (number - 1)) / 4, (samples.length * number) / 4);
    const results = {
      'ingest.hour_720p.realtime_factor': 3600 / seconds,
      'ingest.hour_720p.seconds': seconds,
      'ingest.hour_720p.rss_mb': Math.max(...samples),
      'ingest.hour_720p.second_quarter_rss_mb': median(quarter(2)),
      'ingest.hour_720p.last_quarter_rss_mb': median(quarter(4)),
    };
    process.stdout.write(
      `An hour of 720p in ${seconds.toFixed(0)} s, ${(3600 / seconds).toFixed(1)} times as fast as it plays; at most ` +
        `${Math.max(...samples).toFixed(0)} MB with ffmpeg (second quarter ${median(quarter(2)).toFixed(0)}, last ` +
        `${median(quarter(4)).toFixed(0)})\n`,
    );
    return results;
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}
