import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A data folder that whoever asked for it removes. */
export function temporaryLibrary(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'videre-load-'));
}
