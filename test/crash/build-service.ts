import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url);
/** As deep as the modules that look for `migrations/` from where they lie. */
const FOLDER = 'build/crash/service';

/** The service to be killed as plain JavaScript: it starts in a fraction of the time. @returns its path. */
export async function buildService(): Promise<string> {
  await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: { 'crash-service': 'test/crash/crash-service.ts', 'index-worker': 'src/index-worker.ts' },
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    logLevel: 'warning',
  });
  return fileURLToPath(new URL(`${FOLDER}/crash-service.js`, root));
}
