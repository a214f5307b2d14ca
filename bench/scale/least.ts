/**
 * The least whole number that is enough, by bisection.
 * @param isEnough where a number is enough, every greater one is
 * @param precision the share of it by which it may be too great
 * @returns `Infinity` where even `high` is not
 */
export function leastEnough(
  low: number,
  high: number,
  isEnough: (count: number) => boolean,
  precision = 0,
): number {
  if (!isEnough(high)) return Number.POSITIVE_INFINITY;
  let [tooFew, enough] = [low - 1, high];
  while (enough - tooFew > Math.max(1, precision * enough)) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/**
 * The greatest load that is borne, by doubling and then bisection.
 * @param isBorne where a load is borne, every lesser one is
 * @param precision the share of it by which it may be too small
 * @returns 0 where not even `first` is
 */
export function greatestLoad(first: number, isBorne: (load: number) => boolean, precision = 0.02): number {
  if (!isBorne(first)) return 0;
  let borne = first;
  while (isBorne(borne * 2)) borne *= 2;
  let tooMuch = borne * 2;
  while (tooMuch - borne > precision * borne) {
    const middle = (borne + tooMuch) / 2;
    if (isBorne(middle)) borne = middle;
    else tooMuch = middle;
  }
  return borne;
}
