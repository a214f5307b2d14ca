import { processTree } from '../support/process-tree.js';

interface Sample {
  minutes: number;
  rssMb: number;
  treeRssMb: number;
  openFiles: number;
  zombies: number;
}

const EVERY_MS = 5000;

/** Looks at the processes of a service again and again. */
export class VitalSigns {
  readonly samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      const { rssMb, treeRssMb, openFiles, zombies } = processTree(pid);
      const minutes = (performance.now() - startMs) / 60_000;
      this.samples.push({ minutes, rssMb, treeRssMb, openFiles, zombies });
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @param warmUpMinutes what is loaded and cached only once is, after them. */
  summary(warmUpMinutes: number) {
    const samples = this.samples.filter(({ minutes }) => minutes >= warmUpMinutes);
    const files = samples.map(({ openFiles }) => openFiles);
    const quarter = Math.ceil(samples.length / 4);
    return {
      rssSlopeMbPerMinute: slope(samples.map(({ minutes, rssMb }) => [minutes, rssMb])),
      mostRssMb: Math.max(...samples.map(({ rssMb }) => rssMb)),
      mostTreeRssMb: Math.max(...samples.map(({ treeRssMb }) => treeRssMb)),
      /** Of the least in a while: what comes and goes with requests is no leak. */
      openFilesGrowth: Math.min(...files.slice(-quarter)) - Math.min(...files.slice(0, quarter)),
      /** Seen twice in a row: one that just ended is no zombie yet. */
      lastingZombies: samples.filter(
        ({ zombies }, order) => zombies > 0 && order > 0 && samples[order - 1]!.zombies > 0,
      ).length,
    };
  }
}

/** Of the straight line that fits best, by least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
