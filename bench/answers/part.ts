import { ProgressBar } from '../../src/cli/progress-bar.js';
import { processTerminal } from '../../src/cli/terminal.js';
import type { openAsking } from '../../src/composition/open-asking.js';
import type { HeldOutQuestion } from '../playground/question-set.js';

export type Library = Awaited<ReturnType<typeof openAsking>>;

/** A part of the evaluation: prints what it finds, and returns it under the names of its results. */
export type Part = (
  questions: readonly HeldOutQuestion[],
  /** The id of each video by its name. */
  videoIds: ReadonlyMap<string, string>,
  library: Library,
) => Promise<Record<string, number>>;

export const terminal = processTerminal();

/** One after the other, with a bar. */
export async function forEach<Item>(
  items: readonly Item[],
  work: (item: Item, place: number) => Promise<void>,
) {
  const bar = new ProgressBar(terminal);
  try {
    bar.start(items.length);
    for (const [place, item] of items.entries()) {
      await work(item, place);
      bar.finish(String(place));
    }
  } finally {
    bar.stop();
  }
}

/** How many of them are true, in percent. */
export function percent(outcomes: readonly boolean[]): number {
  return (100 * outcomes.filter(Boolean).length) / outcomes.length;
}
