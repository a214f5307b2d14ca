import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { Page, type Section } from './page.js';
import { searchPlaceholder } from './search-placeholder.js';

export interface PageOptions {
  /** Paths of the page's files, from the root of the service. */
  assets: () => Promise<{ script: string; styles: string }>;
  /** The library is a copy, which is looked at and asked only: what changes or runs it is not shown. */
  isReadOnly?: boolean;
}

/** The pages people look at. They hold no data of their own: islands fetch it from the API, with its access rules. */
export function addPageRoutes(app: OpenAPIHono, { assets, isReadOnly = false }: PageOptions): void {
  const page = (
    path: string,
    section: Section | undefined,
    title: string,
    content: (context: Context) => Child,
  ) =>
    app.get(path, async (context) => {
      const named = await assets();
      // As many steps up as the path has folders below the root.
      const base = '../'.repeat(path.split('/').length - 2) || './';
      context.header('Cache-Control', 'no-cache');
      return context.html(
        `<!doctype html>${(
          <Page title={title} base={base} section={section} assets={named} isReadOnly={isReadOnly}>
            {content(context)}
          </Page>
        )}`,
      );
    });

  page('/', 'Search', 'Search', (context) => (
    <SearchPage query={context.req.query('q') ?? ''} isReadOnly={isReadOnly} />
  ));
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
  if (isReadOnly) return;
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
}

function SearchPage({ query, isReadOnly }: { query: string; isReadOnly: boolean }) {
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
            placeholder={searchPlaceholder(isReadOnly)}
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
