import { stripVTControlCharacters } from 'node:util';

/** Where a command writes; tests give it their own. */
export interface Terminal {
  /** A line of the result, for people and pipes. */
  line(text: string): void;
  /** A piece of a line of the result, as it comes. */
  write(text: string): void;
  /** A line beside the result: what goes wrong. */
  note(text: string): void;
  /** The line that is being rewritten; nothing where that is not possible. */
  status(text: string): void;
  readonly interactive: boolean;
}

/** Status lines go to standard error, so that `videre ... > file` keeps only results. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  endQuietlyWithoutReader(stdout);
  const interactive = stderr.isTTY === true && process.env.TERM !== 'dumb';
  let shown = '';

  const show = (text: string): void => {
    if (!interactive || text === shown) return;
    stderr.write(`\r\u001b[K${text.slice(0, Math.max(0, (stderr.columns || 80) - 1))}`);
    shown = text;
  };
  const above = (write: () => void): void => {
    const kept = shown;
    show('');
    write();
    show(kept);
  };

  return {
    interactive,
    line: (text) => above(() => stdout.write(`${text}\n`)),
    write: (text) => above(() => stdout.write(text)),
    note: (text) => above(() => stderr.write(`${text}\n`)),
    status: show,
  };
}

/** `videre search ... | head -1`: a reader that has gone is no fault, and what is under way goes on to its end. */
function endQuietlyWithoutReader(stdout: NodeJS.WriteStream): void {
  if (!stdout.listeners('error').includes(ignoreLostReader)) stdout.on('error', ignoreLostReader);
}

function ignoreLostReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** A file name or title from elsewhere, safe to print: no control characters, so no terminal commands and no reversed text. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '?');
}
