import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { askLibrary } from '../../src/app/answers/ask-library.js';
import { askVideo } from '../../src/app/answers/ask-video.js';
import { captionVideo } from '../../src/app/answers/caption-video.js';
import { collectAnswer } from '../../src/app/answers/collect-answer.js';
import { ingestPaths } from '../../src/app/ingest-paths.js';
import { readSettings } from '../../src/cli/settings.js';
import { openAsking } from '../../src/composition/open-asking.js';
import { openIngest } from '../../src/composition/open-ingest.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const bundleFolder = fileURLToPath(new URL('../../models/playground', import.meta.url));
const VIDEOS = ['video0', 'video3', 'video10'];

/** Held-out questions: `video`, `kind`, `form`, `question`, `answer`. */
function heldOutQuestions() {
  const lines = readFileSync(join(bundleFolder, 'test', 'questions.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  return lines.map((line) => {
    const [video, , , question, answer] = line.split('\t');
    return { video: video!, question: question!, answer: answer! };
  });
}

async function playgroundLibrary() {
  const settings = {
    ...readSettings({}, {}),
    dataFolder: await temporaryFolder(),
    bundleFolder,
    languageModelUrl: undefined,
  };
  const ingest = await openIngest(settings);
  const files = VIDEOS.map((name) => join(bundleFolder, 'test', 'videos', `${name}.mp4`));
  await ingestPaths(files, ingest).finally(() => ingest.close());
  const { answers, ...library } = await openAsking(settings);
  const { videos } = await library.catalog.listVideos(10);
  return { ...library, ...answers, idOf: new Map(videos.map(({ title, id }) => [title, id])) };
}

it("answers from the clips with the bundle's own language model, and abstains where they do not tell", async () => {
  const library = await playgroundLibrary();
  try {
    const outcomes: boolean[] = [];
    for (const { video, question, answer } of heldOutQuestions().filter(({ video }) =>
      VIDEOS.includes(video),
    )) {
      const said = await collectAnswer(askVideo(library.idOf.get(video)!, { question }, library));
      outcomes.push(said.text === answer);
      expect(said.abstained).toBe(said.text === 'cannot tell');
      expect(said.citations).toHaveLength(said.abstained ? 0 : 1);
      expect(said.clips.every(({ videoId }) => videoId === library.idOf.get(video))).toBe(true);
    }
    expect(outcomes.length).toBeGreaterThan(8);
    // Most questions have more than two answers; the figures are those of `npm run eval:answers`.
    expect(outcomes.filter(Boolean).length / outcomes.length).toBeGreaterThanOrEqual(0.7);

    const about = await collectAnswer(
      askLibrary({ question: 'is the shield moving clockwise around the crescent moon' }, library),
    );
    expect(about.clips[0]).toMatchObject({ title: 'video3' });

    // Its own captions are found by their words.
    await captionVideo(library.idOf.get('video3')!, library);
    expect(await library.finder.videosByWords('shield moon', {}, 1)).toEqual([library.idOf.get('video3')]);
  } finally {
    await library.close();
  }
}, 240_000);
