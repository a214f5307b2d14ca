/** What the spawner is asked. Programs have a number; each has three outputs, which reach the asker as connections. */
export type SpawnerRequest =
  | {
      kind: 'start';
      id: number;
      program: string;
      args: readonly string[];
      env: Readonly<Record<string, string | undefined>>;
      /** Written to standard input, which is empty otherwise. */
      input?: string;
      /** Everything of the usual priority goes first. */
      givesWay: boolean;
    }
  /** Kills the program and those it started. */
  | { kind: 'kill'; id: number };

/** What the spawner says. */
export type SpawnerReport =
  /** Connections for outputs go to this path. */
  | { kind: 'listening'; path: string }
  | { kind: 'started'; id: number; pid: number }
  | ({ kind: 'ended'; id: number } & ProgramEnd)
  | { kind: 'failed'; id: number; message: string; code: string | undefined };

/** One of both: it ended, or a signal ended it. */
export interface ProgramEnd {
  exitCode: number | null;
  signal: string | null;
}

/** File descriptors of the program: standard output, standard error, and one more. */
export const OUTPUTS = [1, 2, 3] as const;

/** What a connection says first and only: whose output it is. */
export const HEADER_BYTES = 8;

export function connectionHeader(id: number, descriptor: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(id, 0);
  header.writeUInt32LE(descriptor, 4);
  return header;
}

export function readConnectionHeader(header: Buffer): { id: number; descriptor: number } {
  return { id: header.readUInt32LE(0), descriptor: header.readUInt32LE(4) };
}
