import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundleWorker } from '../support/bundled-worker.js';

/** Cloudflare takes 3 MB where nothing is paid for; this is a little above what it is. */
const MAX_GZIP_BYTES = 260_000;

/** Of Node's, those that the runtime has as well. */
const NODE_MODULES_OF_THE_RUNTIME = ['node:buffer', 'node:crypto', 'node:os', 'node:zlib'];

/** Everything the Worker brings along. */
const PACKAGES = [
  '@ai-sdk/openai-compatible',
  '@ai-sdk/provider',
  '@ai-sdk/provider-utils',
  '@asteasolutions/zod-to-openapi',
  '@hono/zod-openapi',
  '@hono/zod-validator',
  'drizzle-orm',
  'eventsource-parser',
  'hono',
  'hono-rate-limiter',
  'openapi3-ts',
  'range-parser',
  'zod',
];

it('takes nothing along that is native or only Node has, and is small', async () => {
  const { outputFiles, metafile } = await bundleWorker({ minify: true });
  const inputs = Object.entries(metafile.inputs);
  expect(inputs.length).toBeGreaterThan(100);
  expect(inputs.map(([path]) => path).filter((path) => /\.node$/.test(path))).toEqual([]);

  const packages = new Set(
    inputs.flatMap(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  expect([...packages].filter((name) => !PACKAGES.includes(name))).toEqual([]);

  const outside = new Set(
    inputs.flatMap(([, { imports }]) => imports.flatMap(({ external, path }) => (external ? [path] : []))),
  );
  expect([...outside].filter((name) => !NODE_MODULES_OF_THE_RUNTIME.includes(name))).toEqual([]);

  expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThan(MAX_GZIP_BYTES);
});
