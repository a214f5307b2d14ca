import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import type { RemoteResult } from './remote-result.js';
import { WorkerThread } from './worker-thread.js';

/** Dies as often as it was told to, over all its lives, and then says how often it did. */
const mortalModule = (deaths: number, diary: string) => `
  import { appendFileSync, readFileSync } from 'node:fs';
  const died = () => readFileSync(${JSON.stringify(diary)}, 'utf8').length;
  export async function wake() {
    return { value: undefined };
  }
  export async function live() {
    if (died() >= ${deaths}) return { value: died() };
    appendFileSync(${JSON.stringify(diary)}, 'x');
    process.exit(3);
  }`;

async function mortal(deaths: number, onDeath?: () => void) {
  const folder = await temporaryFolder();
  const [module, diary] = [join(folder, 'mortal.mjs'), join(folder, 'diary')];
  await Promise.all([writeFile(module, mortalModule(deaths, diary)), writeFile(diary, '')]);
  const thread = new WorkerThread<{
    wake: (input: undefined) => Promise<RemoteResult<void>>;
    live: (input: undefined) => Promise<RemoteResult<number>>;
  }>({
    module: pathToFileURL(module),
    workerData: undefined,
    operations: 'in-turn',
    ...(onDeath && { onDeath }),
  });
  onTestFinished(() => thread.destroy());
  await thread.call('wake', undefined);
  return thread;
}

it('does again what a thread was doing when it died', async () => {
  expect(await (await mortal(1)).call('live', undefined)).toBe(1);
});

it('does not do for ever what kills every thread, and goes on', async () => {
  const thread = await mortal(2);
  await expect(thread.call('live', undefined)).rejects.toMatchObject({ code: 'overloaded', retryable: true });
  expect(await thread.call('live', undefined)).toBe(2);
});

it('leaves it to who is told of the death', async () => {
  let deaths = 0;
  const thread = await mortal(1, () => deaths++);
  await expect(thread.call('live', undefined)).rejects.toMatchObject({ code: 'overloaded' });
  expect(deaths).toBe(1);
});

it('says so when no thread can begin any more', async () => {
  const folder = await temporaryFolder();
  const module = join(folder, 'broken.mjs');
  await writeFile(module, 'throw new Error("no memory");');
  const thread = new WorkerThread<{ wake: (input: undefined) => Promise<RemoteResult<void>> }>({
    module: pathToFileURL(module),
    workerData: undefined,
    operations: 'in-turn',
  });
  onTestFinished(() => thread.destroy());
  await expect(thread.call('wake', undefined)).rejects.toMatchObject({ code: 'overloaded' });
});
