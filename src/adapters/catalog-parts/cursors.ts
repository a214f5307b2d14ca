import { AppError } from '../../domain/errors.js';

/** A cursor is the sequence number of the last row on the page before; lists go from the newest to the oldest. */
export function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (/^[1-9]\d{0,15}$/.test(cursor)) return Number(cursor);
  throw new AppError('invalid-input', `${JSON.stringify(cursor)} is no cursor of this list.`, {
    hint: 'Pass the nextCursor of the page before, or none for the first page.',
  });
}

/**
 * @param rows one more than the page holds, if there are that many.
 * @returns the page without the sequence numbers, and the cursor of the next one.
 */
export function toPage<Row extends { sequence: number }>(
  rows: readonly Row[],
  limit: number,
): { page: Omit<Row, 'sequence'>[]; nextCursor: string | undefined } {
  const page = rows.slice(0, limit);
  return {
    page: page.map(({ sequence: _, ...row }) => row),
    nextCursor: rows.length > limit ? String(page.at(-1)?.sequence) : undefined,
  };
}
