import type { Embedding } from '../../src/ports/encoders.js';
import { answersByForm, type JudgedAnswers, judgeAnswers } from '../playground/judged-answers.js';
import { forEach, type Part, percent, terminal } from './part.js';

/** How often the answers of the test set, and wrong ones, would be verified, whatever the model says. */
export const reportCitations: Part = async (
  questions,
  videoIds,
  { catalog, textEncoder, answers: { bank } },
) => {
  const names = [...videoIds.keys()];
  const vectors = new Map<string, Embedding>();
  for (const [name, id] of videoIds) vectors.set(name, (await catalog.clipsOfVideo(id))[0]!.vector);
  const byForm = answersByForm(questions);
  const judged: JudgedAnswers = { right: [], wrong: [], otherClip: [] };
  await forEach(questions, async (question, place) => {
    const own = vectors.get(question.video)!;
    const other = vectors.get(names[(names.indexOf(question.video) + 1) % names.length]!)!;
    await judgeAnswers(question, place, { own, other }, byForm, { bank, textEncoder }, judged);
  });
  const results = {
    'answers.verified.right': percent(judged.right),
    'answers.verified.wrong': percent(judged.wrong),
    'answers.verified.other_clip': percent(judged.otherClip),
  };
  terminal.line(
    `Of right answers ${results['answers.verified.right'].toFixed(1)} % are verified, of wrong ones about the same clip ` +
      `${results['answers.verified.wrong'].toFixed(1)} %, of right ones about another clip ` +
      `${results['answers.verified.other_clip'].toFixed(1)} %.`,
  );
  return results;
};
