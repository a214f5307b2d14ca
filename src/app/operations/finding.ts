import { type ErrorCode, toAppError } from '../../domain/errors.js';

/** What a check of the machine or the library found. */
export interface Finding {
  name: string;
  /** `warn`: it works, but not as well or as long as it could. */
  status: 'ok' | 'warn' | 'fail';
  detail: string;
  /** What to do about it. */
  advice?: string | undefined;
  /** What kind of failure it is. */
  code?: ErrorCode;
}

/** What a check says when nothing was thrown: all is well, or nearly. */
export interface Observation {
  detail: string;
  /** Makes it a warning. */
  advice?: string | undefined;
}

/** Runs a check; what it throws is what it found. */
export async function examine(
  name: string,
  look: () => Observation | Promise<Observation>,
): Promise<Finding> {
  try {
    const { detail, advice } = await look();
    return advice === undefined ? { name, status: 'ok', detail } : { name, status: 'warn', detail, advice };
  } catch (thrown) {
    const { message, hint, code } = toAppError(thrown);
    return { name, status: 'fail', detail: message, advice: hint, code };
  }
}
