/** Words that say nothing about a video; without others in the query they are looked for all the same. */
const STOP_WORDS = new Set(
  'a an and are as at be by for from in into is it of on or over that the this to under was with'.split(' '),
);
const MAX_WORDS = 64;

/** The words of a text that are worth looking for, lower case, each once: letters and digits, nothing that is an operator. */
export function tellingWords(text: string): string[] {
  const words = [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])];
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  return (telling.length > 0 ? telling : words).slice(0, MAX_WORDS);
}
