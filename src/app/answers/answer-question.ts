import { randomUUID } from 'node:crypto';
import type { AnswerClip, AnswerEvent, AnswerOutcome, Citation } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';
import type { ConversationStore, ConversationSubject, StoredTurn } from '../../ports/conversation-store.js';
import type { TextEncoder } from '../../ports/encoders.js';
import type { FinishReason, LanguageModel } from '../../ports/language-model.js';
import { checkCitation } from './check-citation.js';
import { type ChosenClip, type EvidenceDependencies, gatherEvidence } from './gather-evidence.js';
import { PlainText } from './plain-text.js';
import { questionContent } from './question-content.js';
import { type CitedSentence, SentenceCitations } from './sentence-citations.js';

export const MAX_QUESTION_LENGTH = 2000;
/** Earlier turns a model is told of. */
const MAX_TURNS = 6;

export interface AnswerDependencies extends EvidenceDependencies {
  textEncoder: TextEncoder;
  /** Undefined when none is set up. */
  languageModel: LanguageModel | undefined;
  conversations: ConversationStore;
}

export interface Question {
  question: string;
  /** From the `done` of the answer before. */
  conversationId?: string | undefined;
  /** Most tokens of the answer; the model's own limit unless told. */
  maxTokens?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** A clip that was found for a question, best first. */
export type FoundClip = Omit<AnswerClip, 'evidenceId'> & Pick<ChosenClip, 'vector'>;

/** Finds what to answer from. The text is what the question is about, and the one before it in a conversation. */
export type FindClips = (text: string, turns: readonly StoredTurn[], limit: number) => Promise<FoundClip[]>;

/**
 * Answers a question from clips: finds them, shows them to the language model, passes on what it says as plain text, and
 * holds every sentence against the clip that is cited for it. The model knows clips by ids of this answer only; times,
 * videos and titles are put in here, so that it cannot make any up.
 * @throws AppError `not-found` for a conversation that is not there, `invalid-input` for one about something else, and
 * what the language model throws.
 */
export async function* answerQuestion(
  { question, conversationId, maxTokens, signal }: Question,
  subject: ConversationSubject,
  find: FindClips,
  dependencies: AnswerDependencies,
): AsyncGenerator<AnswerEvent> {
  const { conversations } = dependencies;
  const languageModel = requireLanguageModel(dependencies);
  const turns = await earlierTurns(conversations, conversationId, subject);
  const text = [turns.at(-1)?.question, question]
    .flatMap((asked) => (asked === undefined ? [] : [questionContent(asked) ?? asked]))
    .join(' ');
  const found = await find(text, turns, languageModel.model.maxEvidence);
  const chosen = found.map(({ vector, ...clip }, rank) => ({
    vector,
    clip: { evidenceId: `c${rank + 1}`, ...clip },
  }));
  yield { type: 'retrieval', clips: chosen.map(({ clip }) => clip) };

  const answer = new Answer(chosen, question, dependencies, signal);
  const evidence = await gatherEvidence(chosen, languageModel.model, dependencies, signal);
  if (evidence.length === 0) {
    yield* answer.say('There is no clip to answer from.');
    yield* answer.end('abstained');
    yield { type: 'usage', inputTokens: 0, outputTokens: 0 };
  } else {
    const task = { kind: 'answer' as const, question, turns: turns.slice(-MAX_TURNS) };
    const request = { task, evidence, ...(maxTokens === undefined ? {} : { maxTokens }) };
    for await (const event of languageModel.generate(request, signal)) {
      if (event.type === 'delta') yield* answer.say(event.text);
      else if (event.type === 'citation') yield* answer.cite(event.evidenceId);
      else {
        yield* answer.end(event.reason);
        yield { type: 'usage', ...event.usage };
      }
    }
  }

  const id = conversationId ?? randomUUID();
  await conversations.addTurn(id, subject, { question, answer: answer.text, clipIds: answer.citedClipIds });
  const { outcome, citations } = answer;
  const verified = citations.filter((citation) => citation.verified).length;
  yield {
    type: 'done',
    outcome,
    abstained: outcome === 'abstained',
    conversationId: id,
    model: languageModel.model.name,
    citations: { total: citations.length, verified, unsupported: citations.length - verified },
  };
}

/** @throws AppError `missing-dependency`. */
export function requireLanguageModel({
  languageModel,
}: Pick<AnswerDependencies, 'languageModel'>): LanguageModel {
  if (languageModel !== undefined) return languageModel;
  throw new AppError(
    'missing-dependency',
    'There is no language model: neither in the bundle nor on a server.',
    {
      hint: 'Name a server with VIDERE_LLM_URL and VIDERE_LLM_MODEL.',
    },
  );
}

async function earlierTurns(
  conversations: ConversationStore,
  id: string | undefined,
  subject: ConversationSubject,
): Promise<StoredTurn[]> {
  if (id === undefined) return [];
  const conversation = await conversations.conversation(id);
  const hint = 'Leave out the conversation to begin a new one.';
  if (conversation === undefined) {
    throw new AppError('not-found', `There is no conversation ${JSON.stringify(id)}.`, { hint });
  }
  const { videoId, clipId } = conversation.subject;
  if (videoId !== subject.videoId || clipId !== subject.clipId) {
    throw new AppError('invalid-input', `The conversation ${id} is about something else.`, { hint });
  }
  return conversation.turns;
}

const OUTCOMES: Record<FinishReason, AnswerOutcome> = {
  stop: 'answered',
  length: 'cut-short',
  abstained: 'abstained',
};

/** The answer so far. */
class Answer {
  readonly #chosenOf: ReadonlyMap<string, ChosenClip>;
  readonly #question: string;
  readonly #dependencies: AnswerDependencies;
  readonly #signal: AbortSignal | undefined;
  readonly #plain = new PlainText();
  readonly #sentences = new SentenceCitations();
  readonly citations: Citation[] = [];
  outcome: AnswerOutcome = 'answered';

  constructor(
    chosen: readonly ChosenClip[],
    question: string,
    dependencies: AnswerDependencies,
    signal: AbortSignal | undefined,
  ) {
    this.#chosenOf = new Map(chosen.map((each) => [each.clip.evidenceId, each]));
    this.#question = question;
    this.#dependencies = dependencies;
    this.#signal = signal;
  }

  get text(): string {
    return this.#sentences.text;
  }

  get citedClipIds(): number[] {
    return [...new Set(this.citations.map(({ clipId }) => clipId))];
  }

  say(text: string): AsyncGenerator<AnswerEvent> {
    return this.#tell(this.#plain.push(text));
  }

  async *cite(evidenceId: string): AsyncGenerator<AnswerEvent> {
    yield* this.#tell(this.#plain.mark());
    yield* this.#check(this.#sentences.cite(evidenceId));
  }

  async *end(reason: FinishReason): AsyncGenerator<AnswerEvent> {
    this.outcome = OUTCOMES[reason];
    yield* this.#tell(this.#plain.end());
    yield* this.#check(this.#sentences.end());
  }

  async *#tell(text: string): AsyncGenerator<AnswerEvent> {
    const said = this.text === '' ? text.trimStart() : text;
    if (said === '') return;
    yield { type: 'delta', text: said };
    yield* this.#check(this.#sentences.push(said));
  }

  async *#check(cited: readonly CitedSentence[]): AsyncGenerator<AnswerEvent> {
    for (const each of cited) {
      const chosen = this.#chosenOf.get(each.evidenceId);
      // Said before anything else, or of a clip it was not shown: nothing to hold against anything.
      if (chosen === undefined || each.sentence === '') continue;
      const citation = await checkCitation(each, chosen, this.#question, this.#dependencies, this.#signal);
      this.citations.push(citation);
      yield { type: 'citation', ...citation };
    }
  }
}
