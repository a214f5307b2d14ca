import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  classificationMarkdown,
  namedAccuracies,
} from '../../src/app/evaluation/classification/classification-report.js';
import { evaluateClassification } from '../../src/app/evaluation/classification/evaluate-classification.js';
import { openClassification } from '../../src/composition/open-evaluation.js';
import type { ClassificationBundle } from '../../src/model/bundle.js';
import { writeBundle } from '../../src/model/write-bundle.js';
import { oddRetrieval, randomBundle } from '../support/random-bundle.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const videosFolder = fileURLToPath(new URL('../../models/playground/test/videos', import.meta.url));
const { text, projection, kind, ...shared } = oddRetrieval;
const description: ClassificationBundle = { ...shared, kind: 'classification', classes: 7 };

describe('classification through files, ffmpeg and the engine', () => {
  it('names what is missing, and a second run takes the logits of the first', async () => {
    const folder = await temporaryFolder();
    const bundleFolder = join(folder, 'bundle');
    await writeBundle(randomBundle(description), bundleFolder);
    const request = {
      videos: [
        ...[0, 1, 2].map((label) => ({ id: `video${label}`, file: `video${label}.mp4`, label })),
        { id: 'gone', file: 'gone.mp4', label: 3 },
      ],
      listed: 4,
      videosFolder,
      classNames: undefined,
      views: { segments: 2, crops: 3 },
      seed: 1,
      resamples: 100,
    };
    const run = async () => {
      const dependencies = await openClassification({ dataFolder: join(folder, 'data'), bundleFolder }, 'v');
      try {
        return await evaluateClassification(request, dependencies, () => {});
      } finally {
        await dependencies.close();
      }
    };
    const first = await run();
    expect(first).toMatchObject({ partial: true, missing: [{ id: 'gone' }], settings: { fromCache: 0 } });
    expect(first.videos.map(({ id }) => id)).toEqual(['video0', 'video1', 'video2']);
    for (const { probability, rank } of first.videos) {
      expect(probability).toBeGreaterThanOrEqual(1 / 7);
      expect(rank).toBeLessThanOrEqual(7);
    }
    expect(namedAccuracies(first)).toMatchObject({ 'run.partial': 1, 'run.missing': 1 });
    expect(classificationMarkdown(first)).toContain('PARTIAL RUN: 3 of 4 videos');
    const second = await run();
    expect(second.settings.fromCache).toBe(3);
    expect(second.videos).toEqual(first.videos);
  });

  it('refuses a bundle that has no classes', async () => {
    const folder = await temporaryFolder();
    const bundleFolder = join(folder, 'bundle');
    await writeBundle(randomBundle(oddRetrieval), bundleFolder);
    await expect(openClassification({ dataFolder: folder, bundleFolder }, 'v')).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});
