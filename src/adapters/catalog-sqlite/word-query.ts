/** Words that say nothing about a video; without others in the query they are looked for all the same. */
const STOP_WORDS = new Set(
  'a an and are as at be by for from in into is it of on or over that the this to under was with'.split(' '),
);
const MAX_WORDS = 64;

/**
 * An FTS5 query for any of the words of a text. Each is quoted, so that nothing in it is an operator to FTS5: raw, a
 * quotation mark or `NEAR(` would be a syntax error.
 * @returns undefined when there is no word in it.
 */
export function wordQuery(text: string): string | undefined {
  const words = [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])];
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  const wanted = (telling.length > 0 ? telling : words).slice(0, MAX_WORDS);
  return wanted.length === 0 ? undefined : wanted.map((word) => `"${word}"`).join(' OR ');
}
