import { sql } from 'drizzle-orm';
import type { Embedding, ModelInfo } from '../../ports/encoders.js';
import { clipsOfModel } from '../catalog-sqlite/active-model.js';
import { edgeLibrary } from '../catalog-sqlite/schema/edge.js';
import { clips } from '../catalog-sqlite/schema/videos.js';
import type { D1Library } from './d1-library.js';
import { bytesOf } from './d1-vector-blocks.js';

/** What a copy knows of its library without an encoder. */
export interface EdgeLibraryFacts {
  version: number;
  model: ModelInfo;
  /** Best scores of unrelated texts in this library, ascending. */
  relevance: Float64Array;
  captions: readonly string[];
  /** One a caption. */
  captionVectors: readonly Embedding[];
  clipCount: number;
  lastClipId: number;
}

/** Grows with every change that readers can see; 0 where nothing was pushed yet. */
export async function edgeVersion(database: D1Library): Promise<number> {
  const row = await database.run((open) =>
    open.select({ version: edgeLibrary.version }).from(edgeLibrary).get(),
  );
  return row?.version ?? 0;
}

/** Undefined where no push was complete yet. */
export async function edgeFacts(database: D1Library): Promise<EdgeLibraryFacts | undefined> {
  const row = await database.run((open) =>
    open
      .select({
        version: edgeLibrary.version,
        model: edgeLibrary.model,
        relevance: edgeLibrary.relevance,
        captions: edgeLibrary.captions,
        captionVectors: sql<string | null>`hex(${edgeLibrary.captionVectors})`,
        clipCount: sql<number>`(select count(*) from ${clips} where ${clipsOfModel()})`,
        lastClipId: sql<number>`(select coalesce(max(${clips.id}), 0) from ${clips} where ${clipsOfModel()})`,
      })
      .from(edgeLibrary)
      .get(),
  );
  if (row === undefined || row.model === null) return undefined;
  const { version, model, clipCount, lastClipId } = row;
  const captions = row.captions ?? [];
  const vectors = new Float32Array(bytesOf(row.captionVectors ?? ''));
  return {
    version,
    model,
    clipCount,
    lastClipId,
    relevance: Float64Array.from(row.relevance ?? []),
    captions,
    captionVectors: captions.map((_, order) =>
      vectors.subarray(order * model.dimension, (order + 1) * model.dimension),
    ),
  };
}
