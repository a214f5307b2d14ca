import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../domain/errors.js';
import type { HubFile } from '../../ports/model-hub.js';

const pinsSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));

/**
 * What files of a hub were when they were first downloaded, where the catalogue does not know: a file that is another
 * one the next time is seen. Trust on first use, kept in a JSON file beside the bundles.
 */
export class ModelPins {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws AppError `corrupt-data` when the file is no list of pins. */
  async sha256Of(file: HubFile): Promise<string | undefined> {
    return (await this.#read())[keyOf(file)];
  }

  async remember(file: HubFile, sha256: string): Promise<void> {
    const pins = { ...(await this.#read()), [keyOf(file)]: sha256 };
    await mkdir(dirname(this.#path), { recursive: true });
    const temporary = `${this.#path}.tmp`;
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(`${JSON.stringify(pins, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.#path);
  }

  async #read(): Promise<Record<string, string>> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch {
      return {};
    }
    try {
      return pinsSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new AppError('corrupt-data', `${this.#path} is no list of pins.`, {
        cause,
        hint: 'Remove it to trust the next downloads anew.',
      });
    }
  }
}

function keyOf({ repository, revision, path }: HubFile): string {
  return `${repository}@${revision}/${path}`;
}
