import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { found, servedLibrary, uploadColour, waitForJob } from './served-library.js';

const SPARE_FILES = 20;

it('goes on when it may open no more files: connections took all of them, and let go', async () => {
  const folders = [join(await temporaryFolder(), 'data'), await temporaryFolder()] as const;
  const service = await servedLibrary(folders);
  expect(await waitForJob(service.url, await uploadColour(service.url, 'red'))).toBe('succeeded');

  const open = readdirSync(`/proc/${service.pid}/fd`).length;
  execFileSync('prlimit', ['--pid', String(service.pid), `--nofile=${open + SPARE_FILES}`]);
  const port = Number(new URL(service.url).port);
  const sockets = Array.from({ length: 4 * SPARE_FILES }, () =>
    connect(port, '127.0.0.1').on('error', () => {}),
  );
  await Promise.all(sockets.map(connected));
  // Some are still waiting to be taken; what is asked now may be refused, but not wrongly.
  const asking = Promise.all(
    Array.from({ length: 5 }, () => uploadColour(service.url, 'green').catch(() => undefined)),
  );
  for (const socket of sockets) socket.destroy();
  for (const answer of await asking)
    if (answer !== undefined) expect([202, 503, 507]).toContain(answer.status);

  expect(await waitForJob(service.url, await uploadColour(service.url, 'blue'))).toBe('succeeded');
  expect(await found(service.url, 'red')).toBeGreaterThan(0);
});

/** Or given up. */
function connected(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['connect', 'close'] as const) socket.once(event, () => resolve());
  });
}
