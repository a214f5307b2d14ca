import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Asset, loadPageAssets, type PageAssets } from './bundle-page.js';

/** Of what has a hash of its content in its name. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const AN_HOUR = 'public, max-age=3600';

/**
 * Serves the files of the page.
 * @returns what `addPageRoutes` calls them by.
 */
export function addAssetRoute(app: OpenAPIHono): () => Promise<{ script: string; styles: string }> {
  // Made once, at the first look at a page: a service that only programs use never needs it.
  let loading: Promise<PageAssets> | undefined;
  const assets = () => {
    loading ??= loadPageAssets().catch((error: unknown) => {
      // The next look tries again: what was missing may be there by then.
      loading = undefined;
      throw error;
    });
    return loading;
  };
  app.get('/assets/:name', async (context) => {
    const { script, styles, icon } = await assets();
    const name = context.req.param('name');
    if (name === 'icon.svg') return sent(context, icon, AN_HOUR);
    const found = [script, styles].find((asset) => asset.name === name);
    return found === undefined ? context.notFound() : sent(context, found, FOR_EVER);
  });
  return async () => {
    const { script, styles } = await assets();
    return { script: `assets/${script.name}`, styles: `assets/${styles.name}` };
  };
}

/** In the best encoding the client takes. */
function sent(context: Context, asset: Asset, cacheControl: string): Response {
  const accepted = context.req.header('accept-encoding') ?? '';
  const encoding = ['br', 'gzip'].find((name) => new RegExp(`\\b${name}\\b`).test(accepted));
  const body = encoding === 'br' ? asset.brotli : encoding === 'gzip' ? asset.gzip : asset.plain;
  return new Response(new Uint8Array(body), {
    headers: {
      'content-type': asset.contentType,
      'cache-control': cacheControl,
      vary: 'accept-encoding',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    },
  });
}
