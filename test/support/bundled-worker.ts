import { readFileSync } from 'node:fs';
import { type BuildResult, build } from 'esbuild';

/** What the Worker is made of, bundled as wrangler bundles it: what only Node has stays outside, for the runtime to give or not. */
export function bundleWorker(
  options: { minify?: boolean } = {},
): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    entryPoints: ['src/worker.ts'],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    external: ['node:*'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    ...options,
  });
}

/** The runtime that wrangler.toml asks for. */
export function workerCompatibility(): { compatibilityDate: string; compatibilityFlags: string[] } {
  const settings = readFileSync('wrangler.toml', 'utf8');
  const date = /^compatibility_date = "(.+)"$/m.exec(settings)![1]!;
  const flags = /^compatibility_flags = (\[.+\])$/m.exec(settings)![1]!;
  return { compatibilityDate: date, compatibilityFlags: JSON.parse(flags) as string[] };
}
