import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { htmlReport, type Thumbnails } from '../app/evaluation/html-report.js';
import { markdownReport } from '../app/evaluation/markdown-report.js';
import { type EvaluationReport, namedResults } from '../app/evaluation/report.js';
import { AppError } from '../domain/errors.js';

const THUMBNAIL_WIDTH = 160;

/** Writes `report.json`, `report.md` and `report.html` into a folder, which is made when it is not there. */
export async function writeReports(folder: string, report: EvaluationReport): Promise<void> {
  const pages = {
    'report.json': `${JSON.stringify({ ...report, results: namedResults(report) })}\n`,
    'report.md': markdownReport(report),
    'report.html': htmlReport(report, await thumbnailsOf(report)),
  };
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(pages)) await writeFile(join(folder, name), content);
  } catch (cause) {
    throw new AppError('invalid-input', `The reports cannot be written to ${folder}.`, {
      cause,
      hint: 'Name another folder with --out.',
    });
  }
}

/** A picture from the middle of each video the failures show, by its file. */
async function thumbnailsOf({ failures }: EvaluationReport): Promise<Thumbnails> {
  const named = failures.flatMap(({ truthPath, firstPath }) => [truthPath, firstPath]);
  const paths = new Set(named.filter((path) => path !== undefined));
  const thumbnails = new Map<string, string>();
  if (paths.size === 0) return thumbnails;
  // A matrix has no videos, and works where no native module does.
  const { openMedia } = await import('../composition/open-evaluation.js');
  const media = openMedia();
  for (const path of paths) {
    try {
      const { durationSeconds } = await media.probe(path);
      const jpeg = await media.thumbnail(path, durationSeconds / 2, THUMBNAIL_WIDTH);
      thumbnails.set(path, `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`);
    } catch {
      // A report without one of its pictures is better than none after hours of encoding.
    }
  }
  return thumbnails;
}
