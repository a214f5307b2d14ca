import { distance } from 'fastest-levenshtein';

/** What was probably meant: the name that differs in the fewest letters, if those are few. */
export function nearestName(given: string, names: Iterable<string>): string | undefined {
  const ranked = [...names]
    .map((name) => ({ name, edits: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((left, right) => left.edits - right.edits);
  const [best] = ranked;
  // Two letters that changed places are two edits.
  const mostEdits = given.length < 4 ? 1 : Math.max(2, Math.floor(given.length / 3));
  return best !== undefined && best.edits <= mostEdits ? best.name : undefined;
}

/** A sentence to add to "there is no ...": what was probably meant, or what else to do. */
export function didYouMean(given: string, names: Iterable<string>, otherwise: string): string {
  const nearest = nearestName(given, names);
  return nearest === undefined ? otherwise : `Did you mean ${nearest}?`;
}
