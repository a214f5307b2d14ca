import { tellingWords } from '../catalog-parts/words.js';

/**
 * An FTS5 query for any of the words of a text. Each is quoted, so that nothing in it is an operator to FTS5: raw, a
 * quotation mark or `NEAR(` would be a syntax error.
 * @returns undefined when there is no word in it.
 */
export function wordQuery(text: string): string | undefined {
  const words = tellingWords(text);
  return words.length === 0 ? undefined : words.map((word) => `"${word}"`).join(' OR ');
}
