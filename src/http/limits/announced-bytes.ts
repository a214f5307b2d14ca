/** Undefined for a body that comes in pieces of any length. HTTP holds the sender to what was announced. */
export function announcedBytes({ headers }: Request): number | undefined {
  const length = headers.get('content-length');
  return length === null || headers.has('transfer-encoding') ? undefined : Number(length);
}
