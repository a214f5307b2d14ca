import type { Catalog } from '../../ports/catalog.js';
import type { ClipIndex } from '../../ports/clip-index.js';
import type { JobQueue } from '../../ports/job-queue.js';

export interface GaugeSources {
  catalog: Pick<Catalog, 'size'>;
  index: Pick<ClipIndex, 'state'>;
  jobs: Pick<JobQueue, 'depth'>;
  /** Recall at 10 as it was measured, 0 to 1; undefined while nothing is known of it. */
  indexRecall?: (() => number | undefined) | undefined;
}

/** How full the house is, by name. */
export async function serviceGauges({ catalog, index, jobs, indexRecall }: GaugeSources) {
  const [library, state, depth] = await Promise.all([catalog.size(), index.state(), jobs.depth()]);
  const recall = indexRecall?.();
  return {
    library_videos: library.videos,
    library_clips: library.clips,
    index_clips: state.size,
    index_unarranged_clips: state.unarranged,
    index_dead_clips: state.dead,
    jobs_queued: depth.queued,
    jobs_running: depth.running,
    ...(recall === undefined ? {} : { index_recall_at_10: recall }),
  };
}
