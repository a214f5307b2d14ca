import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { LibraryDatabase } from './library-database.js';
import { SqliteApiKeys } from './sqlite-api-keys.js';

const NOBODY = 65_534;

/** Root may write everywhere; the kernel asks for the effective user. */
function becomeOrdinaryUser(): void {
  if (process.getuid?.() !== 0) return;
  process.seteuid!(NOBODY);
  onTestFinished(() => process.seteuid!(0));
}

const key = {
  id: 'k1',
  name: 'key',
  scopes: ['read'] as const,
  createdAtMs: 1,
  expiresAtMs: undefined,
  revokedAtMs: undefined,
  lastUsedAtMs: undefined,
  secretHash: new Uint8Array(32),
};

it('a library that may only be read is read, and takes no changes', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'videre.sqlite');
  const writable = new LibraryDatabase(path);
  await new SqliteApiKeys(writable).addKey(key);
  writable.close();
  await chmod(path, 0o444);
  await chmod(folder, 0o555);
  const before = await readdir(folder);
  becomeOrdinaryUser();

  const database = new LibraryDatabase(path);
  const keys = new SqliteApiKeys(database);
  expect(database.isReadOnly).toBe(true);
  expect(await keys.listKeys()).toMatchObject([{ id: 'k1' }]);
  const adding = keys.addKey({ ...key, id: 'k2' });
  await expect(adding).rejects.toMatchObject({ code: 'invalid-input', message: `Cannot write to ${path}.` });
  database.close();
  expect(await readdir(folder)).toEqual(before);
});
