import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AppError, type ErrorCode, toAppError } from '../domain/errors.js';

/** RFC 9457, with the stable code and the hint of an `AppError` as extension members. */
export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:videre:error:invalid-input' }),
    title: z.string().openapi({ example: 'Invalid input' }),
    status: z.int().openapi({ example: 400 }),
    detail: z.string().openapi({ example: 'The query is empty.' }),
    code: z.string().openapi({ example: 'invalid-input' }),
    hint: z.string().optional().openapi({ example: 'Describe what the video shows.' }),
    requestId: z
      .string()
      .optional()
      .openapi({ description: 'What the log knows the request by; also in the header X-Request-Id.' }),
    issues: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'What is wrong with which value of the request.' }),
  })
  .openapi('Problem');

export type Problem = z.infer<typeof problemSchema>;

/** A response body for whatever was thrown. What went wrong inside Videre stays inside: only the log says it. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof HTTPException) return frameworkProblem(thrown);
  const error = toAppError(thrown);
  const detail = error.code === 'internal' ? 'Something went wrong inside Videre.' : error.message;
  const { hint } = error;
  return {
    ...head(error.code, error.status),
    detail,
    ...(hint === undefined ? {} : { hint }),
    ...(error instanceof RequestError ? { issues: error.issues } : {}),
  };
}

/** When the one who knows better says nothing. */
const RETRY_AFTER_SECONDS = 5;

/** The answer to a request that failed. Headers that were set on the context before come with it, and win. */
export function problemResponse(context: Context, thrown: unknown): Response {
  const problem: Problem = { ...toProblem(thrown), requestId: context.get('requestId') };
  const isBusy = problem.status === 503 && toAppError(thrown).retryable;
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      // What of the request is still to come is not waited for, even to be thrown away.
      ...(problem.status === 408 ? { connection: 'close' } : {}),
      ...(isBusy ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
    },
  });
}

/** A request that does not fit the schema of its route. */
export class RequestError extends AppError {
  readonly issues: { path: string; message: string }[];

  constructor(part: string, error: z.core.$ZodError) {
    const issues = error.issues.map(({ path, message }) => ({ path: [part, ...path].join('.'), message }));
    const said = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
    super('invalid-input', `The request is not valid. ${said}.`, { cause: error });
    this.issues = issues;
  }
}

/** What Hono itself refuses: a body that is no JSON, or is of another type. */
function frameworkProblem({ status, message }: HTTPException): Problem {
  if (status === 415) {
    const detail = 'A request body must be of the type application/json.';
    return { ...head('unsupported-content-type', status), detail };
  }
  const detail = message === '' ? `HTTP ${status}` : message;
  return { ...head('invalid-input', status), detail };
}

function head(code: ErrorCode, status: number): Pick<Problem, 'type' | 'title' | 'status' | 'code'> {
  const words = code.replaceAll('-', ' ');
  return { type: `urn:videre:error:${code}`, title: words[0]!.toUpperCase() + words.slice(1), status, code };
}
