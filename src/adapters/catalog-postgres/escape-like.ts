/** A text as `like` finds it literally, with the backslash as the escape. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}
