import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The house: what a part of `src/` may import of the others. Ports and model name each other's types; everything else
 * points inward only.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  model: ['domain', 'ports'],
  ports: ['domain', 'model'],
  app: ['domain', 'model', 'ports'],
  adapters: ['domain', 'model', 'ports'],
  http: ['domain', 'ports', 'app'],
  // A command opens what it needs through the composition.
  cli: ['domain', 'model', 'ports', 'app', 'http', 'composition', 'version'],
  composition: ['domain', 'model', 'ports', 'app', 'adapters', 'version'],
  version: [],
  // What the package exports: the API's types, and nothing of it that runs.
  client: ['http'],
  main: ['cli'],
  // The Worker at the edge, and its entry.
  edge: ['domain', 'model', 'ports', 'app', 'http', 'adapters', 'version'],
  worker: ['edge'],
  // Entries of the worker threads, and the composition of what runs in them.
  'engine-worker': ['adapters'],
  'index-worker': ['adapters'],
  'picture-worker': ['adapters'],
  'decoder-worker': ['adapters'],
  'model-worker': ['adapters', 'model'],
};

interface Import {
  from: string;
  to: string;
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));

const imports: Import[] = sources.flatMap((from) => {
  const text = readFileSync(join('src', from), 'utf8');
  const specifiers = [
    ...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g),
    ...text.matchAll(/new URL\('([^']+)'/g),
  ];
  return specifiers
    .map(([, specifier]) => specifier!)
    .filter((specifier) => /^\.{1,2}\/.*\.(js|ts)$/.test(specifier))
    .map((specifier) => ({ from, to: normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts') }));
});

/** The part of the house a file belongs to: its folder, or its name when it lies in `src/` itself. */
function partOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '');
}

describe('the house', () => {
  it('has imports to look at', () => {
    expect(imports.length).toBeGreaterThan(50);
  });

  it('has only rooms that are in the plan', () => {
    expect([...new Set(sources.map(partOf))].filter((part) => !(part in MAY_IMPORT))).toEqual([]);
  });

  it('imports inward only', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [outer, inner] = [partOf(from), partOf(to)];
      return outer !== inner && !MAY_IMPORT[outer]?.includes(inner);
    });
    expect(wrong).toEqual([]);
  });

  it('lets no adapter import another, but for what several are made of', () => {
    // Cloudflare's D1 is SQLite: the same tables, and the same queries.
    const shared = [
      'catalog-sqlite',
      'catalog-parts',
      'worker-thread',
      'vector-store',
      'onnx-session',
      'circuit-breaker',
    ];
    const adapterOf = (path: string) => path.split('/')[1];
    const wrong = imports.filter(
      ({ from, to }) =>
        partOf(from) === 'adapters' &&
        partOf(to) === 'adapters' &&
        adapterOf(from) !== adapterOf(to) &&
        !shared.includes(adapterOf(to)!),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps outside packages out of the domain and the ports', () => {
    const wrong = sources.filter(
      (path) =>
        ['domain', 'ports'].includes(partOf(path)) &&
        /from '(?!\.)/.test(readFileSync(join('src', path), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });
});
