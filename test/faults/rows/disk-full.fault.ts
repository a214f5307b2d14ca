import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditFolder } from '../../crash/audit-folder.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { found, servedLibrary, uploadColour, waitForJob } from './served-library.js';
import { mayMount, smallDisk } from './small-disk.js';

describe.skipIf(!mayMount)('a data folder on a full disk (skipped where the test may not mount one)', () => {
  it('refuses uploads with 507, goes on answering, and takes them again when there is room', async () => {
    const disk = await smallDisk(6);
    const data = join(disk, 'data');
    const service = await servedLibrary([data, await temporaryFolder()]);
    expect(await waitForJob(service.url, await uploadColour(service.url, 'red'))).toBe('succeeded');

    // An upload larger than what is left, while the rest of the disk is free.
    const tooLarge = await uploadColour(service.url, 'green', 8_000_000);
    expect(tooLarge.status).toBe(507);
    expect(await tooLarge.json()).toMatchObject({ code: 'out-of-storage' });
    expect(await readdir(join(data, 'blobs', '.unfinished')).catch(() => [])).toEqual([]);

    // No room for a byte more, neither for files nor for the database.
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(6_000_000)).catch(() => {});
    const refused = await uploadColour(service.url, 'green', 100_000);
    expect(refused.status).toBe(507);
    expect(await found(service.url, 'red')).toBe(1);
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);

    await rm(filler);
    expect(await waitForJob(service.url, await uploadColour(service.url, 'green'))).toBe('succeeded');
    expect(await found(service.url, 'green')).toBe(2);
    await service.kill();
    expect(await auditFolder(data, false)).toEqual([]);
  });
});
