import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embedding } from '../../src/ports/encoders.js';
import type { SyntheticVectors } from './synthetic-vectors.js';

/** Vectors made and compared at once. */
const BLOCK = 1000;

/**
 * The ids of the clips nearest to each query by comparing with every one: what a recall is measured by. It shares nothing
 * with the index that is measured. Minutes of work at a million clips, so it is kept in the folder.
 */
export async function trueNearest(
  cacheFolder: string,
  clips: SyntheticVectors,
  count: number,
  queries: readonly Embedding[],
  wanted: number,
): Promise<number[][]> {
  const name = createHash('sha256').update(`${count} ${wanted}`);
  for (const vector of [clips.at(0), clips.at(count - 1), ...queries]) name.update(vector);
  const path = join(cacheFolder, `nearest-${count}-${name.digest('hex').slice(0, 12)}.json`);
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  if (kept !== undefined) return JSON.parse(kept) as number[][];

  const best: { clipId: number; score: number }[][] = queries.map(() => []);
  for (let first = 0; first < count; first += BLOCK) {
    const block = Array.from({ length: Math.min(BLOCK, count - first) }, (_, order) =>
      clips.at(first + order),
    );
    queries.forEach((query, order) => {
      const worst = best[order]!.at(wanted - 1)?.score ?? Number.NEGATIVE_INFINITY;
      const found = block
        .map((vector, position) => ({ clipId: first + position + 1, score: dot(query, vector) }))
        .filter(({ score }) => score > worst);
      if (found.length === 0) return;
      best[order] = [...best[order]!, ...found]
        .sort((left, right) => right.score - left.score)
        .slice(0, wanted);
    });
  }
  const nearest = best.map((ranked) => ranked.map(({ clipId }) => clipId));
  await writeFile(path, JSON.stringify(nearest));
  return nearest;
}

function dot(left: Embedding, right: Embedding): number {
  let sum = 0;
  for (let axis = 0; axis < left.length; axis++) sum += left[axis]! * right[axis]!;
  return sum;
}
