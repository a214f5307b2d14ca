import { AppError } from '../domain/errors.js';

const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/**
 * A `tokenizer.json` for uncased BERT WordPiece from a `vocab.txt`: one token a line, its id the number of its line.
 * @throws AppError `invalid-model` naming the line of an empty or repeated token, or the special token that is missing.
 */
export function tokenizerFromVocabulary(vocabularyText: string, file: string): string {
  const lines = vocabularyText.replace(/\r?\n$/, '').split(/\r?\n/);
  const vocabulary = new Map<string, number>();
  for (const [id, token] of lines.entries()) {
    if (token === '' || vocabulary.has(token)) {
      throw new AppError(
        'invalid-model',
        `${file}, line ${id + 1}: ${token === '' ? 'the token is empty' : `"${token}" is there twice`}.`,
      );
    }
    vocabulary.set(token, id);
  }
  const idOf = (token: string): number => {
    const id = vocabulary.get(token);
    if (id === undefined) throw new AppError('invalid-model', `${file} has no token ${token}.`);
    return id;
  };
  const special = (token: string) => ({ id: token, ids: [idOf(token)], tokens: [token] });
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content) => ({
      id: idOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
        { Sequence: { id: 'B', type_id: 1 } },
        { SpecialToken: { id: '[SEP]', type_id: 1 } },
      ],
      special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary),
    },
  };
  return `${JSON.stringify(tokenizer)}\n`;
}
