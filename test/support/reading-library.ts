import { ingestVideo } from '../../src/app/ingest-video.js';
import type { VideoDescription } from '../../src/domain/video.js';
import { colourLibrary } from './colour-library.js';
import { type VideoScript, writeScript } from './colour-world.js';
import { temporaryFolder, type WhenOver } from './temporary-folder.js';

/** What each video shows, oldest first. */
export const READING_SCENES: Record<string, VideoScript['scenes']> = {
  red: [['red', 3]],
  'more red': [['red', 9]],
  green: [['green', 3]],
  sunset: [['blue', 3]],
  long: [
    ['red', 8],
    ['green', 8],
  ],
  ...Object.fromEntries(
    [1, 2, 3, 4].map((share) => [
      `mixed ${share}`,
      [
        ['red', share],
        ['green', 5 - share],
      ],
    ]),
  ),
};

const DESCRIPTIONS: Record<string, Partial<VideoDescription>> = {
  red: { tags: ['new'] },
  green: { tags: ['plant', 'new'] },
  sunset: { description: 'Taken from the Eiffel tower.', metadata: { reel: 7 } },
};

/** The file of a video. */
export const readingFile = (title: string): string =>
  JSON.stringify({ framesPerSecond: 10, scenes: READING_SCENES[title]! } satisfies VideoScript);

/** A library to be looked at, with pictures that say what they are of. */
export async function readingLibrary(whenOver: WhenOver) {
  const folder = await temporaryFolder(whenOver);
  const library = colourLibrary(folder, whenOver);
  library.media.thumbnail = async (_path?: string, atSeconds?: number) =>
    new TextEncoder().encode(`picture at ${atSeconds}`);
  const idOf = new Map<string, string>();
  for (const [title, scenes] of Object.entries(READING_SCENES)) {
    const file = await writeScript(folder, `${title}.mp4`, { framesPerSecond: 10, scenes });
    const { video } = await ingestVideo(file, library);
    idOf.set(title, video.id);
    const description = DESCRIPTIONS[title];
    if (description !== undefined) await library.catalog.updateVideo(video.id, description);
  }
  return { folder, library, idOf };
}
