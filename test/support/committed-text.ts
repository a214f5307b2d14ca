import { expect } from 'vitest';

/**
 * Holds a generated text against the file that is committed. `npm run docs` (vitest with --update) writes what is
 * generated; without it, a difference fails, shown line by line.
 * @param path from the root of the project
 */
export async function expectCommitted(path: string, generated: string): Promise<void> {
  await expect(generated, `${path} is out of date: npm run docs writes it anew`).toMatchFileSnapshot(
    new URL(`../../${path}`, import.meta.url).pathname,
  );
}
