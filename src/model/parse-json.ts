import type { z } from 'zod';
import { AppError, type ErrorCode } from '../domain/errors.js';

/**
 * JSON text checked against a schema. Every fault is named with its path in the document.
 * @throws AppError of `code`
 */
export function parseJson<T>(schema: z.ZodType<T>, text: string, file: string, code: ErrorCode): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError(code, `${file} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the document'}: ${message}`,
  );
  throw new AppError(code, `${file}: ${faults.join('; ')}`, { details: { faults } });
}
