import { existsSync } from 'node:fs';
import { AppError } from '../../domain/errors.js';
import type { Video } from '../../domain/video.js';
import type { Catalog } from '../../ports/catalog.js';
import { hashFile } from '../hash-file.js';

/** Namesakes that are told of. */
const MAX_NAMESAKES = 5;

/**
 * The video that people mean: by its id, by a file with its content wherever that lies, or by its title.
 * @throws AppError `not-found`, `invalid-input` when several have the title.
 */
export async function findVideo(meant: string, catalog: Catalog): Promise<Video> {
  const byId = await catalog.getVideo(meant);
  if (byId !== undefined) return byId;
  if (existsSync(meant)) {
    const known = await catalog.findByContentHash((await hashFile(meant)).contentHash);
    if (known !== undefined) return known;
    throw new AppError('not-found', `The file ${meant} is not in the library.`, {
      hint: `Take it in with: videre ingest ${meant}`,
    });
  }
  const { videos } = await catalog.listVideos(100, undefined, { titleContains: meant });
  const namesakes = videos.filter(({ title }) => title === meant);
  const [only, another] = namesakes.length > 0 ? namesakes : videos;
  if (only === undefined) {
    throw new AppError('not-found', `There is no video ${JSON.stringify(meant)}.`, {
      hint: 'Name one by its id, its title or its file; a question about the whole library stands alone, in quotes.',
    });
  }
  if (another === undefined) return only;
  const some = (namesakes.length > 0 ? namesakes : videos).slice(0, MAX_NAMESAKES);
  throw new AppError('invalid-input', `Several videos are called ${JSON.stringify(meant)}.`, {
    hint: `Name one by its id: ${some.map(({ id, title }) => `${id} (${title})`).join(', ')}.`,
  });
}
