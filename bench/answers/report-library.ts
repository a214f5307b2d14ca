import { captionClip } from '../../src/app/answers/caption-clip.js';
import { namesItsClip, videosAskedOf, videosOfWholeQuestion } from '../playground/find-asked-clips.js';
import { forEach, type Part, percent, terminal } from './part.js';

/** How often a question to the library is answered from the clip that is meant. */
export const reportLibrary: Part = async (questions, videoIds, library) => {
  const dependencies = { ...library, ...library.answers };
  const asked = questions.filter(namesItsClip);
  const found = async (videosOf: (question: string) => Promise<string[]>): Promise<number> => {
    const isFound: boolean[] = [];
    await forEach(asked, async ({ question, video }) => {
      isFound.push((await videosOf(question)).includes(videoIds.get(video)!));
    });
    return percent(isFound);
  };
  const limit = dependencies.languageModel?.model.maxEvidence ?? 0;
  const whole = await found((question) => videosOfWholeQuestion(question, limit, dependencies));
  const content = await found((question) => videosAskedOf(question, dependencies));
  await forEach([...videoIds.values()], async (videoId) => {
    for (const { id } of await library.catalog.clipsOfVideo(videoId)) await captionClip(id, dependencies);
  });
  const captioned = await found((question) => videosAskedOf(question, dependencies));
  terminal.line(
    `The clip that is meant is among the ${limit} that ${asked.length} questions to the library are answered from: ` +
      `${content.toFixed(1)} %, with captions ${captioned.toFixed(1)} %; searching with the whole question ${whole.toFixed(1)} %.`,
  );
  return {
    'answers.library.whole_question.clip_found': whole,
    'answers.library.clip_found': content,
    'answers.library.captioned.clip_found': captioned,
  };
};
