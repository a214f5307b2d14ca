/** What became of one case. */
export interface Outcome {
  /** A few words, the same for all cases that ended alike; counted. */
  kind: string;
  /** What must not be; absent where all is well. */
  violation?: string;
}

/** Many cases of one kind of fault, each made from its number alone, so that any of them can be had again. */
export interface Campaign {
  /** How many make the whole of it, and how many give a first impression. */
  cases: { full: number; sample: number };
  /** How many may run at once in one process. */
  atOnce: number;
  open(): Promise<OpenCampaign>;
}

export interface OpenCampaign {
  run(number: number): Promise<Outcome>;
  /** @returns what is wrong after all of them: something left over, a limit passed. */
  close(): Promise<string[]>;
  /** Figures of the whole, e.g. the slowest case in seconds. */
  figures?(): Record<string, number>;
}
