import { defineCommand } from 'citty';
import { type AskDependencies, askLibrary } from '../app/answers/ask-library.js';
import { askVideo } from '../app/answers/ask-video.js';
import { collectAnswer } from '../app/answers/collect-answer.js';
import { findVideo } from '../app/answers/find-video.js';
import { assertLibraryExists } from '../composition/data-folder.js';
import { openAsking } from '../composition/open-asking.js';
import type { AnswerEvent, Citation } from '../domain/answer.js';
import { AppError } from '../domain/errors.js';
import type { Catalog } from '../ports/catalog.js';
import { formatTime } from './format-time.js';
import { interruptSignal } from './interrupt.js';
import { readModelSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal, type Terminal } from './terminal.js';

export const askCommand = defineCommand({
  meta: { name: 'ask', description: 'Have a question answered from the library, or from one video' },
  plugins: [strictFlags],
  args: {
    video: {
      type: 'positional',
      required: false,
      description: 'Id, title or file of the video the question is about; without it, the whole library',
    },
    question: { type: 'positional', required: false, description: 'The question, in quotes' },
    conversation: { type: 'string', valueHint: 'ID', description: 'Ask on after an earlier answer' },
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print the whole answer as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const { video, question } = whatIsAsked(args._);
    const signal = interruptSignal();
    const settings = await readModelSettings(args);
    assertLibraryExists(settings);
    const { answers, ...library } = await openAsking(settings);
    try {
      const asked = { question, conversationId: args.conversation, signal };
      const events = await ask(video, asked, { ...library, ...answers });
      if (args.json) terminal.line(JSON.stringify(await collectAnswer(events)));
      else await tell(events, video, terminal);
    } finally {
      await library.close();
    }
  },
});

/** `videre ask "question"`, or `videre ask VIDEO "question"`. */
function whatIsAsked(words: readonly string[]): { video: string | undefined; question: string } {
  const [first, second, ...rest] = words;
  if (first === undefined || first.trim() === '') {
    throw new AppError('invalid-input', 'What is the question?', {
      hint: 'videre ask "what does the dog do?"',
    });
  }
  if (rest.length > 0) {
    throw new AppError('invalid-input', 'A question goes in quotes, as one argument.', {
      hint: `videre ask ${JSON.stringify(words.join(' '))}`,
    });
  }
  return second === undefined ? { video: undefined, question: first } : { video: first, question: second };
}

async function ask(
  video: string | undefined,
  question: Parameters<typeof askLibrary>[0],
  dependencies: AskDependencies & { catalog: Catalog },
): Promise<AsyncGenerator<AnswerEvent>> {
  if (video === undefined) return askLibrary(question, dependencies);
  const { id } = await findVideo(video, dependencies.catalog);
  return askVideo(id, question, dependencies);
}

/** The answer as it comes, then the moments it rests on, then how to ask on. */
async function tell(
  events: AsyncIterable<AnswerEvent>,
  video: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const citations: Citation[] = [];
  for await (const event of events) {
    if (event.type === 'retrieval') terminal.status(`reading ${event.clips.length} clips`);
    else if (event.type === 'delta') {
      terminal.status('');
      terminal.write(event.text);
    } else if (event.type === 'citation') citations.push(event);
    else if (event.type === 'done') {
      terminal.line('');
      if (event.abstained) terminal.line('(The clips do not tell.)');
      if (event.outcome === 'cut-short')
        terminal.line('(There were no tokens left: raise VIDERE_ANSWER_TOKENS.)');
      if (citations.length > 0) terminal.line(`\n${citations.map(citationLine).join('\n')}`);
      const about = video === undefined ? '' : ` ${JSON.stringify(printable(video))}`;
      terminal.note(`\nAsk on with: videre ask --conversation ${event.conversationId}${about} "..."`);
    }
  }
}

/** `ok` or `??`, when and where, and what for. */
function citationLine({ title, startSeconds, endSeconds, sentence, support, verified }: Citation): string {
  const mark = verified ? 'ok' : '??';
  const time = `${formatTime(startSeconds)}-${formatTime(endSeconds)}`;
  const share = `${Math.round(support * 100)} %`;
  return `  ${mark}  ${time}  ${printable(title)}  ${share}  ${sentence.replaceAll(/\s+/g, ' ')}`;
}
