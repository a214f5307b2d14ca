export interface Closable {
  close(): Promise<void>;
}

/** Closes what was opened when the work that needs it fails. */
export async function closingOnFailure<Result>(
  opened: Closable,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** All of them, whatever fails; then the first failure is thrown. */
export async function closeAll(...opened: Closable[]): Promise<void> {
  const results = await Promise.allSettled(opened.map((each) => each.close()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
