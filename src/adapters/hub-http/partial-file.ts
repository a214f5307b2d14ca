import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

const noteSchema = z.object({
  /** ETag at the hub: what the beginning on the disk is the beginning of. */
  content: z.string(),
  /** ETag of the server that sent the bytes, for `If-Range`; null when it gave none that proves equality. */
  sender: z.string().nullable(),
});
type Note = z.infer<typeof noteSchema>;

/** The beginning of a download beside its target, with a note of what it is the beginning of. */
export class PartialFile {
  readonly #target: string;
  #note: Note | undefined;
  #length = 0;

  private constructor(target: string) {
    this.#target = target;
  }

  /** Takes up what an earlier download of the same content left, or begins anew. */
  static async open(target: string, content: string | undefined): Promise<PartialFile> {
    const partial = new PartialFile(target);
    const note = await partial.#readNote();
    if (content !== undefined && note?.content === content) {
      partial.#note = note;
      partial.#length = await stat(partial.path).then(
        ({ size }) => size,
        () => 0,
      );
    } else await partial.discard();
    return partial;
  }

  get path(): string {
    return `${this.#target}.part`;
  }

  get #notePath(): string {
    return `${this.#target}.part.json`;
  }

  /** Bytes that are there. */
  get length(): number {
    return this.#length;
  }

  /** For `If-Range`: the server then sends everything if its copy has changed. */
  get sender(): string | undefined {
    return this.#note?.sender ?? undefined;
  }

  async discard(): Promise<void> {
    this.#length = 0;
    this.#note = undefined;
    await Promise.all([this.path, this.#notePath].map((path) => rm(path, { force: true })));
  }

  /** Forgets the bytes, and remembers whose the next ones are. */
  async begin(content: string | undefined, sender: string | undefined): Promise<void> {
    await this.discard();
    if (content === undefined) return;
    this.#note = { content, sender: sender ?? null };
    await writeFile(this.#notePath, JSON.stringify(this.#note));
  }

  /** Writes at the end. What arrived before an error stays. */
  async append(pieces: AsyncIterable<Uint8Array>, onLength: (length: number) => void): Promise<void> {
    const file = await open(this.path, 'a');
    try {
      for await (const piece of pieces) {
        await writeAll(file, piece);
        this.#length += piece.byteLength;
        onLength(this.#length);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Gives the file its name. */
  async complete(): Promise<void> {
    await rename(this.path, this.#target);
    const folder = await open(dirname(this.#target), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    await this.discard();
  }

  async #readNote(): Promise<Note | undefined> {
    try {
      return noteSchema.parse(JSON.parse(await readFile(this.#notePath, 'utf8')));
    } catch {
      // None, or one that was cut off with the power: begin anew.
      return undefined;
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    written += (await file.write(bytes, written, bytes.byteLength - written)).bytesWritten;
  }
}
