import { type ClientResponse, hc } from 'hono/client';
import type { StatusCode, SuccessStatusCode } from 'hono/utils/http-status';
import type { ApiRoutes } from './http/create-app.js';
import type { Problem } from './http/problem.js';

export type { Problem } from './http/problem.js';

export interface ClientOptions {
  /** Where the service is, as `http://127.0.0.1:7330`. */
  url: string;
  /** Needed beyond one's own machine. */
  apiKey?: string | undefined;
  fetch?: typeof fetch | undefined;
}

/**
 * The HTTP API as typed functions: `client.v1.search.$post({ json: { query: 'a dog' } })`. Nothing but `hono/client` comes
 * with it, so that a page can use it too.
 */
export function videreClient({ url, apiKey, fetch }: ClientOptions) {
  return hc<ApiRoutes>(url, {
    ...(apiKey === undefined ? {} : { headers: { authorization: `Bearer ${apiKey}` } }),
    ...(fetch === undefined ? {} : { fetch }),
  });
}

export type VidereClient = ReturnType<typeof videreClient>;

/** A refusal of the service: what it says in its problem details. */
export class VidereProblem extends Error {
  override readonly name = 'VidereProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.hint === undefined ? problem.detail : `${problem.detail} ${problem.hint}`);
    this.problem = problem;
  }
}

/** Body of an answer that succeeded. */
export type Answer<Response> =
  Response extends ClientResponse<infer Body, infer Status, 'json'>
    ? Status extends SuccessStatusCode
      ? Body
      : never
    : never;

/**
 * The JSON of an answer.
 * @throws VidereProblem when the service refused.
 */
export async function answerOf<Response extends ClientResponse<unknown, StatusCode, string>>(
  asked: Response | Promise<Response>,
): Promise<Answer<Response>> {
  const response = await asked;
  const body: unknown = await response.json();
  if (!response.ok) throw new VidereProblem(body as Problem);
  return body as Answer<Response>;
}
