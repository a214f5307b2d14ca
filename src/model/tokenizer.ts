import { readFile } from 'node:fs/promises';
import { PreTrainedTokenizer } from '@huggingface/transformers';
import { z } from 'zod';
import { AppError } from '../domain/errors.js';
import { normalizeText } from './normalize-text.js';
import { parseJson } from './parse-json.js';

/** Token ids of N texts, padded to the longest of them, L. */
export interface TokenizedTexts {
  /** N */
  texts: number;
  /** L */
  length: number;
  /** [N, L] */
  ids: BigInt64Array;
  /** 1 = token, 0 = padding, [N, L] */
  mask: Int32Array;
}

/** Normalizes and tokenizes texts for the text encoder; no network, no files but the one it was given. */
export class TextTokenizer {
  readonly #tokenizer: PreTrainedTokenizer;
  readonly #maxTokens: number;
  readonly #padding: bigint;
  readonly #pieces: ReadonlyMap<number, string>;

  /**
   * @param json the text of a Hugging Face `tokenizer.json`
   * @param maxTokens longest sequence, [CLS] and [SEP] included
   * @throws AppError `invalid-model` when the JSON describes no tokenizer we can run.
   */
  constructor(json: string, maxTokens: number, file = 'tokenizer.json') {
    const parsed = parseTokenizer(json, file);
    try {
      this.#tokenizer = new PreTrainedTokenizer(parsed, {});
    } catch (cause) {
      throw new AppError('invalid-model', `${file} describes a tokenizer that cannot be built.`, { cause });
    }
    this.#maxTokens = maxTokens;
    this.#padding = BigInt(parsed.model.vocab['[PAD]'] ?? 0);
    this.#pieces = new Map(Object.entries(parsed.model.vocab).map(([piece, id]) => [id, piece]));
  }

  /** @throws AppError `file-not-found` or `invalid-model`. */
  static async load(path: string, maxTokens: number): Promise<TextTokenizer> {
    const json = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new AppError('file-not-found', `The tokenizer ${path} cannot be read.`, { cause });
    });
    return new TextTokenizer(json, maxTokens, path);
  }

  /** Texts that are too long lose their last words, never the closing [SEP]. */
  encode(texts: readonly string[]): TokenizedTexts {
    const rows = texts.map((text) => this.#encodeOne(text));
    const length = Math.max(0, ...rows.map((row) => row.length));
    const ids = new BigInt64Array(rows.length * length).fill(this.#padding);
    const mask = new Int32Array(rows.length * length);
    for (const [index, row] of rows.entries()) {
      ids.set(row.map(BigInt), index * length);
      mask.fill(1, index * length, index * length + row.length);
    }
    return { texts: rows.length, length, ids, mask };
  }

  /** The piece of text a token stands for; one that starts with `##` goes on with the word before. */
  piece(id: number): string | undefined {
    return this.#pieces.get(id);
  }

  #encodeOne(text: string): number[] {
    const ids = this.#tokenizer.encode(normalizeText(text));
    return ids.length <= this.#maxTokens ? ids : [...ids.slice(0, this.#maxTokens - 1), ids.at(-1)!];
  }
}

const id = z.int().min(0);

/** The parts we rely on; the library reads the rest. */
const tokenizerSchema = z.looseObject({
  model: z.looseObject({
    type: z.literal('WordPiece'),
    vocab: z.record(z.string(), id),
    unk_token: z.string(),
  }),
  added_tokens: z.array(z.looseObject({ id, content: z.string() })).default([]),
});

function parseTokenizer(json: string, file: string): z.infer<typeof tokenizerSchema> {
  return parseJson(tokenizerSchema, json, file, 'invalid-model');
}

/**
 * Checks that a tokenizer can be built, frames its sequences with [CLS] and [SEP], and gives no id that the model has
 * no row for.
 * @throws AppError `invalid-model` naming the token.
 */
export function checkTokenizer(json: string, vocabulary: number, file: string): void {
  const fail = (message: string): never => {
    throw new AppError('invalid-model', `${file}: ${message}`);
  };
  const { model, added_tokens: added } = parseTokenizer(json, file);
  const tokens = new Map(Object.entries(model.vocab));
  for (const { id, content } of added) tokens.set(content, id);
  for (const [token, id] of tokens) {
    if (id >= vocabulary) {
      fail(
        `token ${JSON.stringify(token)} has id ${id}, but the model's vocabulary ends at ${vocabulary - 1}.`,
      );
    }
  }
  if (!tokens.has(model.unk_token))
    fail(`the unknown token ${JSON.stringify(model.unk_token)} is not in the vocabulary.`);
  const { ids } = new TextTokenizer(json, 3, file).encode(['']);
  const frame = [tokens.get('[CLS]'), tokens.get('[SEP]')];
  if (frame.some((id, index) => id === undefined || Number(ids[index] ?? -1) !== id) || ids.length !== 2) {
    fail('an empty text must become [CLS] [SEP], as BERT has it.');
  }
}
