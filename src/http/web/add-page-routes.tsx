import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { type Asset, loadPageAssets, type PageAssets } from './bundle-page.js';
import { Page, type Section } from './page.js';

/** Of what has a hash of its content in its name. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const AN_HOUR = 'public, max-age=3600';

/** The pages people look at. They hold no data of their own: islands fetch it from the API, with its access rules. */
export function addPageRoutes(app: OpenAPIHono): void {
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

  const page = (
    path: string,
    section: Section | undefined,
    title: string,
    content: (context: Context) => Child,
  ) =>
    app.get(path, async (context) => {
      const { script, styles } = await assets();
      // As many steps up as the path has folders below the root.
      const base = '../'.repeat(path.split('/').length - 2) || './';
      context.header('Cache-Control', 'no-cache');
      return context.html(
        `<!doctype html>${(
          <Page
            title={title}
            base={base}
            section={section}
            assets={{ script: `assets/${script.name}`, styles: `assets/${styles.name}` }}
          >
            {content(context)}
          </Page>
        )}`,
      );
    });

  page('/', 'Search', 'Search', (context) => <SearchPage query={context.req.query('q') ?? ''} />);
  // Nothing that leads elsewhere: the island puts it into the paths that it asks for.
  page('/videos/:id{[\\w-]+}', undefined, 'Watch', (context) => (
    <div data-island="watch" data-video={context.req.param('id')} />
  ));
  page('/library', 'Library', 'Library', () => (
    <>
      <h1>Library</h1>
      <div data-island="library" />
    </>
  ));
  page('/ask', 'Ask', 'Ask', () => (
    <>
      <h1>Ask</h1>
      <div data-island="ask" />
    </>
  ));
  page('/evaluations', 'Evaluations', 'Evaluations', () => (
    <>
      <h1>Evaluations</h1>
      <div data-island="evaluations" />
    </>
  ));
  page('/status', 'Status', 'Status', () => (
    <>
      <h1>Status</h1>
      <div data-island="status" />
    </>
  ));

  app.get('/assets/:name', async (context) => {
    const { script, styles, icon } = await assets();
    const name = context.req.param('name');
    if (name === 'icon.svg') return sent(context, icon, AN_HOUR);
    const found = [script, styles].find((asset) => asset.name === name);
    return found === undefined ? context.notFound() : sent(context, found, FOR_EVER);
  });
}

function SearchPage({ query }: { query: string }) {
  return (
    <>
      <h1 class="visually-hidden">Search</h1>
      <div data-island="search">
        {/* As the island draws it, so that one can type before the script is there. */}
        <form class="searchbox" action=".">
          <input
            type="search"
            name="q"
            aria-label="What to look for"
            autocomplete="off"
            placeholder="Describe a moment, or drop a picture or clip here"
            value={query}
          />
        </form>
        <noscript>
          <p class="notice">This page needs JavaScript; the API does not.</p>
        </noscript>
      </div>
    </>
  );
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
