import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** A file of the page, ready to be sent. */
export interface Asset {
  /** With a hash of the content, so that it may be kept for ever. */
  name: string;
  contentType: string;
  plain: Buffer;
  gzip: Buffer;
  brotli: Buffer;
}

export interface PageAssets {
  script: Asset;
  styles: Asset;
  icon: Asset;
}

const folder = new URL('.', import.meta.url);
/** What stands for Videre in tabs. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fbf"/><path d="M5 16c5-8 17-8 22 0-5 8-17 8-22 0z" fill="#fff"/><path d="M13.5 11.5v9l7-4.5z" fill="#1f5fbf"/></svg>`;

/** The page's script and styles: from the clone's sources, or as `npm run build` left them beside this module. */
export async function loadPageAssets(): Promise<PageAssets> {
  const built = fileURLToPath(new URL('./client.js', folder));
  const script = existsSync(built) ? await readFile(built) : await bundleScript(folder);
  return {
    script: asset('client', 'js', 'text/javascript; charset=utf-8', script),
    styles: asset(
      'styles',
      'css',
      'text/css; charset=utf-8',
      await readFile(new URL('./styles.css', folder)),
    ),
    icon: asset('icon', 'svg', 'image/svg+xml', Buffer.from(ICON)),
  };
}

/**
 * The islands as one minified module.
 * @param source this folder, in the sources
 */
export async function bundleScript(source: URL): Promise<Buffer> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./client/main.tsx', source))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx/dom',
    logLevel: 'silent',
  });
  return Buffer.from(outputFiles[0]!.contents);
}

function asset(stem: string, extension: string, contentType: string, plain: Buffer): Asset {
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 12);
  return {
    name: `${stem}.${hash}.${extension}`,
    contentType,
    plain,
    gzip: gzipSync(plain, { level: 9 }),
    brotli: brotliCompressSync(plain),
  };
}
