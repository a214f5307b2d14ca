import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditFolder } from '../../crash/audit-folder.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { found, servedLibrary, uploadColour, waitForJob } from './served-library.js';

const isMissing = spawnSync('strace', ['-V']).error !== undefined;

describe.skipIf(isMissing)('a disk that cannot make anything last (skipped without strace)', () => {
  it('has nothing acknowledged: an upload whose fsync fails is no upload', async () => {
    const folders = [join(await temporaryFolder(), 'data'), await temporaryFolder()] as const;
    const first = await servedLibrary(folders);
    expect(await waitForJob(first.url, await uploadColour(first.url, 'red'))).toBe('succeeded');
    await first.kill();

    // Of every thread the twelfth call and all after it fail with EIO.
    const failing = await servedLibrary(folders, [
      ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync'],
      ...['-e', 'inject=fsync,fdatasync:error=EIO:when=12+'],
    ]);
    const acknowledged: string[] = [];
    const refused: number[] = [];
    for (let upload = 0; upload < 12; upload++) {
      // One that stops serving acknowledges nothing, either.
      const answer = await uploadColour(failing.url, 'green').catch(() => undefined);
      if (answer === undefined) break;
      if (answer.status !== 202) refused.push(answer.status);
      else acknowledged.push(((await answer.json()) as { video: { id: string } }).video.id);
    }
    expect(acknowledged.length).toBeLessThan(12);
    for (const status of refused) expect(status).toBe(507);
    await failing.kill();

    const after = await servedLibrary(folders);
    for (const id of acknowledged) {
      const { status, sizeBytes } = await videoOf(after.url, id);
      expect(['processing', 'ready']).toContain(status);
      expect(sizeBytes).toBeGreaterThan(0);
    }
    expect(await found(after.url, 'red')).toBeGreaterThan(0);
    await after.kill();
    expect(await auditFolder(folders[0], false)).toEqual([]);
  });
});

async function videoOf(url: string, id: string): Promise<{ status: string; sizeBytes: number }> {
  return (await (await fetch(`${url}/v1/videos/${id}`)).json()) as { status: string; sizeBytes: number };
}
