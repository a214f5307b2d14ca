/** In the search box, as the server draws it and the island does after. */
export function searchPlaceholder(isReadOnly: boolean): string {
  return isReadOnly ? 'Describe a moment' : 'Describe a moment, or drop a picture or clip here';
}
