import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What Linux says of a process and of all that descend from it. */
export interface ProcessTree {
  /** Resident megabytes of the first process. */
  rssMb: number;
  /** Resident megabytes of all of them; what they share is counted for each. */
  treeRssMb: number;
  processes: number;
  /** Processes that ended and that nobody asked about. */
  zombies: number;
  /** Open files of the first process. */
  openFiles: number;
}

interface Status {
  pid: number;
  parent: number;
  isZombie: boolean;
  rssMb: number;
}

export function processTree(root: number): ProcessTree {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statusOf(Number(name)));
  const members = new Set([root]);
  // Parents may come after their children in the list, so go round until nobody joins.
  for (let before = 0; before < members.size; ) {
    before = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
  }
  const tree = all.filter(({ pid }) => members.has(pid));
  return {
    rssMb: tree.find(({ pid }) => pid === root)?.rssMb ?? Number.NaN,
    treeRssMb: tree.reduce((sum, { rssMb }) => sum + rssMb, 0),
    processes: tree.length,
    zombies: tree.filter(({ isZombie }) => isZombie).length,
    openFiles: openFiles(root).length,
  };
}

/** What the open files of a process are, as `/proc` names them. */
export function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Ids of the processes that a process started and that still run. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statusOf(Number(name)))
    .filter(({ parent }) => parent === pid)
    .map((status) => status.pid);
}

/** None when it ended in between. */
function statusOf(pid: number): Status[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const value = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
    return [
      {
        pid,
        parent: Number(value('PPid')),
        isZombie: value('State') === 'Z',
        rssMb: Number(value('VmRSS') ?? 0) / 1024,
      },
    ];
  } catch {
    return [];
  }
}
