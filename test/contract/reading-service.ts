import { afterAll, beforeAll, expect } from 'vitest';
import type { WhenOver } from '../support/temporary-folder.js';

/** A service that has the library of `readingLibrary`. */
export interface ReadingService {
  /** @param model the language model that answers; by default one that does as it is told. */
  request(path: string, init?: RequestInit, model?: string): Promise<Response>;
  /** Ids of the videos by their titles. */
  idOf: ReadonlyMap<string, string>;
}

export type OpenReadingService = (whenOver: WhenOver) => Promise<ReadingService>;

/** Opens the service for all tests of a suite; what it is asked changes nothing. */
export function serviceOf(open: OpenReadingService): ReadingService & {
  post(path: string, body: unknown, headers?: Record<string, string>, model?: string): Promise<Response>;
  json<Body>(path: string): Promise<Body>;
  id(title: string): string;
} {
  const cleanUps: (() => void | Promise<void>)[] = [];
  let opened: ReadingService | undefined;
  beforeAll(async () => {
    opened = await open((cleanUp) => void cleanUps.push(cleanUp));
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  const request: ReadingService['request'] = (...asked) => opened!.request(...asked);
  return {
    request,
    get idOf() {
      return opened!.idOf;
    },
    post: (path, body, headers = {}, model = undefined) =>
      request(
        path,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        },
        model,
      ),
    json: async <Body>(path: string) => {
      const response = await request(path);
      expect(response.status).toBe(200);
      return (await response.json()) as Body;
    },
    id: (title) => opened!.idOf.get(title)!,
  };
}
