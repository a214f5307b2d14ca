import { SharpImageReader } from '../adapters/images-sharp/sharp-image-reader.js';
import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { MomentReader } from '../app/search/moment-reader.js';
import type { VisualQueryDependencies } from '../app/search/query-vector.js';
import { RelevanceScale } from '../app/search/relevance-scale.js';
import { relevanceTexts } from '../app/search/relevance-texts.js';
import type { SearchDependencies } from '../app/search/search-library.js';
import { StoredClips } from '../app/search/stored-clips.js';
import { sampleFrameIndices } from '../model/preprocess/sample-frames.js';
import type { BlobStore } from '../ports/blob-store.js';
import type { Catalog } from '../ports/catalog.js';
import type { ClipIndex } from '../ports/clip-index.js';
import type { VideoEncoder } from '../ports/encoders.js';
import type { Reranker } from '../ports/reranker.js';
import type { Encoding } from './encoding.js';

type SearchParts = Required<Pick<SearchDependencies, 'relevance' | 'stored'>> &
  Pick<SearchDependencies, 'momentReader'>;

/** What a search can do beside finding: tell what scores mean, look at clips again. */
export function searchParts(
  { textEncoder, captions, openReranker }: Encoding,
  library: { catalog: Catalog; blobs: BlobStore; index: ClipIndex },
): SearchParts & { close(): Promise<void> } {
  const stored = new StoredClips({
    ...library,
    media: new FfmpegMediaReader(),
    sampleFrames: sampleFrameIndices,
    framesPerClip: textEncoder.model.framesPerClip,
  });
  let loading: Promise<Reranker> | undefined;
  return {
    relevance: new RelevanceScale(library.index, textEncoder, relevanceTexts(captions)),
    stored,
    momentReader:
      openReranker &&
      new MomentReader(() => {
        // One that could not be loaded is tried again.
        loading ??= openReranker({ givesWay: true }).catch((error) => {
          loading = undefined;
          throw error;
        });
        return loading;
      }, stored),
    close: async () => (await loading)?.close(),
  };
}

/** What it takes to search by pictures and video files. */
export function visualQueries(videoEncoder: VideoEncoder): VisualQueryDependencies {
  return {
    images: new SharpImageReader(),
    media: new FfmpegMediaReader(),
    videoEncoder,
    sampleFrames: sampleFrameIndices,
  };
}
