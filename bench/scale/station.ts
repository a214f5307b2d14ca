import { Fifo } from './fifo.js';
import { Level } from './level.js';
import type { Simulation } from './simulation.js';

export interface StationOptions<Job> {
  servers: number;
  /** How long one server works on what it took. */
  serviceSeconds: (jobs: readonly Job[]) => number;
  /** A job has been served. */
  done: (job: Job) => void;
  batch?: Batching<Job>;
  deaths?: Deaths;
}

export interface Batching<Job> {
  weight: (job: Job) => number;
  /** A server takes jobs up to this weight at once; and one that is heavier alone. */
  fullWeight: number;
  /** A batch that is not full goes when its first job has waited so long. */
  waitSeconds: number;
}

/** A server that dies at work takes what it worked on with it. That is given to another when the silence is noticed. */
export interface Deaths {
  /** Work of one server until it dies. */
  drawLifeSeconds: () => number;
  noticedAfterSeconds: number;
  repairSeconds: number;
}

interface Waiting<Job> {
  job: Job;
  sinceSeconds: number;
}

/** Servers that are alike, before them two queues: those who cannot wait, and the others. */
export class Station<Job> {
  readonly busy: Level;
  readonly waiting: Level;
  /** Seconds of all that were taken so far, of those that were served anew as well. */
  readonly waits: number[] = [];
  deaths = 0;

  readonly #simulation: Simulation;
  readonly #options: StationOptions<Job>;
  readonly #queues = { urgent: new Fifo<Waiting<Job>>(), patient: new Fifo<Waiting<Job>>() };
  #waitingWeight = 0;
  #idle: number;
  #wakesAtSeconds = Number.NEGATIVE_INFINITY;

  constructor(simulation: Simulation, options: StationOptions<Job>) {
    this.#simulation = simulation;
    this.#options = options;
    this.#idle = options.servers;
    this.busy = new Level(simulation);
    this.waiting = new Level(simulation);
  }

  /** The share of its servers that was at work. */
  get utilization(): number {
    return this.busy.mean / this.#options.servers;
  }

  submit(job: Job, urgency: 'urgent' | 'patient' = 'urgent'): void {
    this.#queues[urgency].push({ job, sinceSeconds: this.#simulation.nowSeconds });
    this.#waitingWeight += this.#weight(job);
    this.waiting.add(1);
    this.#start();
  }

  #weight(job: Job): number {
    return this.#options.batch?.weight(job) ?? 1;
  }

  #start(): void {
    while (this.#idle > 0) {
      const queue = this.#queues.urgent.length > 0 ? this.#queues.urgent : this.#queues.patient;
      const first = queue.peek();
      if (first === undefined || this.#mustWait(first)) return;
      this.#serve(this.#take(queue));
    }
  }

  #mustWait({ sinceSeconds }: Waiting<Job>): boolean {
    const { batch } = this.#options;
    if (batch === undefined || this.#waitingWeight >= batch.fullWeight) return false;
    const goesAtSeconds = sinceSeconds + batch.waitSeconds;
    if (goesAtSeconds <= this.#simulation.nowSeconds) return false;
    if (this.#wakesAtSeconds !== goesAtSeconds) {
      this.#wakesAtSeconds = goesAtSeconds;
      this.#simulation.at(goesAtSeconds, () => this.#start());
    }
    return true;
  }

  #take(queue: Fifo<Waiting<Job>>): Job[] {
    const jobs: Job[] = [];
    let room = this.#options.batch?.fullWeight ?? 1;
    for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
      const weight = this.#weight(next.job);
      if (jobs.length > 0 && weight > room) break;
      queue.shift();
      room -= weight;
      this.#waitingWeight -= weight;
      this.waits.push(this.#simulation.nowSeconds - next.sinceSeconds);
      jobs.push(next.job);
      if (room <= 0) break;
    }
    this.waiting.add(-jobs.length);
    return jobs;
  }

  #serve(jobs: readonly Job[]): void {
    const { serviceSeconds, done, deaths } = this.#options;
    this.#idle--;
    this.busy.add(1);
    const seconds = serviceSeconds(jobs);
    const lifeSeconds = deaths?.drawLifeSeconds() ?? Number.POSITIVE_INFINITY;
    this.#simulation.after(Math.min(seconds, lifeSeconds), () => {
      this.busy.add(-1);
      if (lifeSeconds < seconds) {
        this.#die(jobs, deaths!);
      } else {
        this.#idle++;
        for (const job of jobs) done(job);
        this.#start();
      }
    });
  }

  #die(jobs: readonly Job[], { noticedAfterSeconds, repairSeconds }: Deaths): void {
    this.deaths++;
    this.#simulation.after(noticedAfterSeconds, () => {
      for (const job of jobs) this.submit(job);
    });
    this.#simulation.after(repairSeconds, () => {
      this.#idle++;
      this.#start();
    });
  }
}
