import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { found, servedLibrary, uploadColour, waitForJob } from './served-library.js';

const isMissing = spawnSync('strace', ['-V']).error !== undefined;

describe.skipIf(isMissing)('a disk that cannot make anything last (skipped without strace)', () => {
  it('has nothing acknowledged: an upload whose fsync fails is no upload', async () => {
    const folders = [join(await temporaryFolder(), 'data'), await temporaryFolder()] as const;
    const first = await servedLibrary(folders);
    expect(await waitForJob(first.url, await uploadColour(first.url, 'red'))).toBe('succeeded');
    await first.kill();

    // Opening a library syncs, too; from the twentieth call on every one fails with EIO.
    const failing = await servedLibrary(folders, [
      ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync'],
      ...['-e', 'inject=fsync,fdatasync:error=EIO:when=20+'],
    ]);
    const answers: number[] = [];
    for (let upload = 0; upload < 15; upload++)
      answers.push((await uploadColour(failing.url, 'green')).status);
    const acknowledged = answers.filter((status) => status === 202).length;
    expect(answers.slice(-5)).toEqual([507, 507, 507, 507, 507]);
    expect(await found(failing.url, 'red')).toBeGreaterThan(0);
    await failing.kill();

    const after = await servedLibrary(folders);
    const { videos } = (await (await fetch(`${after.url}/v1/videos?limit=100`)).json()) as {
      videos: unknown[];
    };
    expect(videos.length).toBe(1 + acknowledged);
  });
});
