/** What the driver was told of one video. */
export interface Entry {
  title: string;
  /** What is to be found in it: a colour, a film. */
  shows: string;
  /** Known once the upload was accepted. */
  videoId: string | undefined;
  jobId: string | undefined;
  /** `sent`: no answer came, either way is right. `accepted`: must become ready. `ready`: must stay. `deleting`: no answer came. `deleted`: must be gone. */
  state: 'sent' | 'accepted' | 'ready' | 'deleting' | 'deleted';
}

/** What the service acknowledged, which no kill may take back, and what it did not live to acknowledge. */
export class Ledger {
  readonly entries: Entry[] = [];

  add(title: string, shows: string): Entry {
    const entry: Entry = { title, shows, videoId: undefined, jobId: undefined, state: 'sent' };
    this.entries.push(entry);
    return entry;
  }

  in(...states: Entry['state'][]): Entry[] {
    return this.entries.filter(({ state }) => states.includes(state));
  }

  /** Forgets what was long deleted, so that thousands of runs stay quick. */
  forgetDeleted(keep: number): void {
    const deleted = this.in('deleted');
    const old = new Set(deleted.slice(0, Math.max(0, deleted.length - keep)));
    this.entries.splice(0, this.entries.length, ...this.entries.filter((entry) => !old.has(entry)));
  }
}
