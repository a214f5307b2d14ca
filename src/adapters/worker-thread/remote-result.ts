import { AppError, type ErrorCode, toAppError } from '../../domain/errors.js';

/** An error as it crosses from a worker: structured cloning would keep neither the class nor the code. */
interface RemoteError {
  code: ErrorCode;
  message: string;
  hint: string | undefined;
  details: Record<string, unknown>;
  stack: string | undefined;
}

export type RemoteResult<Value> = { value: Value } | { error: RemoteError };

/** Wraps a worker's operation so that what it throws reaches the caller as the AppError it was. */
export function remote<Input, Value>(
  operation: (input: Input) => Promise<Value>,
): (input: Input) => Promise<RemoteResult<Value>> {
  return async (input) => {
    try {
      return { value: await operation(input) };
    } catch (thrown) {
      const { code, message, hint, details, stack } = toAppError(thrown);
      // Details are for machines and cross as JSON, so that nothing in them can fail to clone.
      return { error: { code, message, hint, details: JSON.parse(JSON.stringify(details)), stack } };
    }
  };
}

/** The value, or the worker's AppError thrown on this side. */
export function unwrap<Value>(result: RemoteResult<Value>): Value {
  if ('value' in result) return result.value;
  const { code, message, hint, details, stack } = result.error;
  const options = hint === undefined ? { details } : { details, hint };
  const error = new AppError(code, message, options);
  if (stack !== undefined) error.stack = stack;
  throw error;
}
