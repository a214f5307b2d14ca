import { R2Blobs } from '../adapters/blobs-r2/r2-blobs.js';
import { clipVectors } from '../adapters/catalog-d1/d1-clip-vectors.js';
import type { EdgeLibraryFacts } from '../adapters/catalog-d1/d1-edge-facts.js';
import type { D1Library } from '../adapters/catalog-d1/d1-library.js';
import { D1VectorBlocks, type KnownBlocks } from '../adapters/catalog-d1/d1-vector-blocks.js';
import { captionsOf } from '../adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteCatalogReader } from '../adapters/catalog-sqlite/sqlite-catalog-reader.js';
import { SqliteClipFinder } from '../adapters/catalog-sqlite/sqlite-clip-finder.js';
import { SqliteConversations } from '../adapters/catalog-sqlite/sqlite-conversations.js';
import { R2Pictures } from '../adapters/edge-copy-d1/r2-pictures.js';
import type { VectorCache } from '../adapters/encoder-cached/cached-text-encoder.js';
import { Int8Index } from '../adapters/index-int8/int8-index.js';
import { VectorizeIndex } from '../adapters/index-vectorize/vectorize-index.js';
import { CaptionBank } from '../app/answers/caption-bank.js';
import { KeptPictures } from '../app/answers/kept-pictures.js';
import { relevanceAmong } from '../app/search/relevance-scale.js';
import { storedFile } from '../app/videos/stored-file.js';
import { AppError } from '../domain/errors.js';
import type { VideoMedia } from '../domain/video.js';
import type { EdgeEnvironment, EdgeSettings } from './edge-environment.js';
import { edgeLanguageModel, edgeTextEncoder } from './edge-models.js';

export interface EdgeLibraryParts {
  environment: EdgeEnvironment;
  settings: EdgeSettings;
  database: D1Library;
  facts: EdgeLibraryFacts;
  cache: VectorCache;
  /** Vectors that are in memory from the version of the library before. */
  known: KnownBlocks;
}

/** What searching and asking need, on the copy of a library as it is in one of its versions. Nothing is read before it is needed. */
export function openEdgeLibrary({ environment, settings, database, facts, cache, known }: EdgeLibraryParts) {
  const { DB, MEDIA, VECTORS } = environment;
  const { model, clipCount, lastClipId } = facts;
  const { dimension, fingerprint } = model;
  const vectorsOf = (clipIds: readonly number[]) => clipVectors(database, clipIds);
  const source = new D1VectorBlocks(database, fingerprint, known);
  const exact = new Int8Index({ dimension, size: clipCount, lastClipId, source, vectorsOf });
  const textEncoder = edgeTextEncoder(settings, facts, cache);
  const relevanceOf = relevanceAmong(facts.relevance);
  const blobs = new R2Blobs(MEDIA);
  const pictures = new R2Pictures(DB, MEDIA);
  return {
    catalog: new SqliteCatalogReader(database),
    finder: new SqliteClipFinder(database),
    index:
      VECTORS === undefined
        ? exact
        : new VectorizeIndex({ vectorize: VECTORS, fingerprint, vectorsOf, exact }),
    textEncoder,
    relevance: { current: async () => relevanceOf },
    answers: {
      languageModel: edgeLanguageModel(settings),
      pictures: new KeptPictures(pictures),
      captions: { captionsOf: (clipIds: readonly number[]) => captionsOf(database, clipIds) },
      conversations: new SqliteConversations(database),
      bank: new CaptionBank(facts.captions, textEncoder),
    },
    thumbnails: pictures,
    openFile: async (video: VideoMedia) => {
      const file = storedFile(video, blobs);
      if (file !== undefined) return file;
      throw new AppError('not-found', `The file of ${video.sourcePath} was not published.`, {
        hint: 'It was gone where the library was published from.',
      });
    },
  };
}
