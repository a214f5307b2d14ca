/**
 * An FTS5 query for any of some words. Each is quoted, so that nothing in it is an operator to FTS5: raw, a quotation mark
 * or `NEAR(` would be a syntax error.
 * @param words of letters and digits, one at least
 */
export function wordQuery(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(' OR ');
}
