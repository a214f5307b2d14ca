import type { Child } from 'hono/jsx';

export interface PageProps {
  title: string;
  /** From this page's address to the root of the service, e.g. `../`; works behind any path prefix. */
  base: string;
  /** Which entry of the navigation is this page. */
  section: Section | undefined;
  assets: { script: string; styles: string };
  /** The library is a copy, which is looked at and asked only. */
  isReadOnly: boolean;
  children?: Child;
}

const sections = [
  { path: '.', name: 'Search', ofCopies: true },
  { path: 'library', name: 'Library', ofCopies: true },
  { path: 'ask', name: 'Ask', ofCopies: true },
  { path: 'evaluations', name: 'Evaluations', ofCopies: false },
  { path: 'status', name: 'Status', ofCopies: false },
] as const;
export type Section = (typeof sections)[number]['name'];

/** What all pages share. Nothing in it is inline: the Content-Security-Policy allows files of our own alone. */
export function Page({ title, base, section, assets, isReadOnly, children }: PageProps) {
  const shown = sections.filter(({ ofCopies }) => ofCopies || !isReadOnly);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <base href={base} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · Videre`}</title>
        <link rel="stylesheet" href={assets.styles} />
        <link rel="icon" href="assets/icon.svg" type="image/svg+xml" />
        <script type="module" src={assets.script} />
      </head>
      {/* The islands leave out what a copy does not do. */}
      <body {...(isReadOnly ? { 'data-read-only': true } : {})}>
        <button type="button" class="skip" data-skip>
          To the content
        </button>
        <header class="top">
          <a class="brand" href=".">
            Videre
          </a>
          <nav aria-label="Main">
            {shown.map(({ path, name }, order) => (
              <a
                key={name}
                href={path}
                data-key={order + 1}
                data-key-does={`To ${name}`}
                {...(name === section ? { 'aria-current': 'page' } : {})}
              >
                {name}
              </a>
            ))}
            <a href={isReadOnly ? 'openapi.json' : 'docs'}>API</a>
          </nav>
          <div class="tools">
            <button type="button" class="plain" data-sign-in hidden>
              Sign in
            </button>
            <button type="button" class="plain" data-sign-out hidden>
              Sign out
            </button>
            <button type="button" class="plain" data-show-keys>
              Keys
            </button>
            <button type="button" class="plain" data-theme-switch>
              Light / dark
            </button>
          </div>
        </header>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </body>
    </html>
  );
}
