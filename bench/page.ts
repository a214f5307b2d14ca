import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { AppError } from '../src/domain/errors.js';
import { browserPath, launchBrowser } from '../test/page/browser.js';
import { percentile } from './percentile.js';
import { demoLibrary } from './playground/demo-library.js';
import { serve } from './search/serve.js';

/** Any that the demo library answers. */
const QUERY = 'a dog chases a cat';

/** What the browser's own profiler says of a page; it has to listen before the page is opened. */
const sessions = new WeakMap<Page, CDPSession>();

/**
 * How long after the start of the navigation the page takes what is typed, and after which time it shows results, and
 * what it weighs: a real browser, nothing in its cache, the service as people start it on the demo library.
 *
 *   npm run bench -- page [--loads 15] [--data FOLDER] [--json]
 */
export async function benchmarkPage(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      loads: { type: 'string', default: '15' },
      data: { type: 'string', default: join(homedir(), '.cache', 'videre', 'bench', 'demo') },
    },
  });
  if (browserPath === undefined) {
    throw new AppError('missing-dependency', 'There is no Chromium here.', {
      hint: 'Install it (apt-get install chromium), or name it in VIDERE_CHROMIUM.',
    });
  }
  await demoLibrary(values.data);
  const service = await serve(['--data', values.data]);
  const browser = await launchBrowser();
  try {
    // The first look at a page bundles it; the first search encodes the texts that relevance is measured by.
    const first = await loaded(browser, service.url, untilAlive);
    await loaded(browser, `${service.url}/?q=warm`, untilResults);
    const alive: number[] = [];
    const work: number[] = [];
    const results: number[] = [];
    let weight = { code: 0, all: 0 };
    for (let load = 0; load < Number(values.loads); load++) {
      alive.push(
        await loaded(browser, service.url, async (page) => {
          const milliseconds = await untilAlive(page);
          work.push(await mainThreadMs(page));
          await page.waitForLoadState('networkidle');
          weight = await weigh(page);
          return milliseconds;
        }),
      );
      results.push(await loaded(browser, `${service.url}/?q=${encodeURIComponent(QUERY)}`, untilResults));
    }
    const figures = {
      'page.interactive_ms': percentile(alive, 0.5),
      'page.interactive_worst_ms': Math.max(...alive),
      'page.interactive_first_ms': first,
      'page.interactive_cpu_ms': percentile(work, 0.5),
      'page.results_ms': percentile(results, 0.5),
      'page.results_worst_ms': Math.max(...results),
      'page.code_bytes': weight.code,
      'page.first_page_bytes': weight.all,
    };
    for (const [name, figure] of Object.entries(figures)) {
      process.stdout.write(`${name.padEnd(28)} ${Math.round(figure).toLocaleString('en')}\n`);
    }
    return figures;
  } finally {
    await browser.close();
    await service.stop();
  }
}

/** In a context of its own: nothing of an earlier load is in its cache. */
async function loaded(
  browser: Browser,
  url: string,
  measure: (page: Page) => Promise<number>,
): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    sessions.set(page, session);
    await page.goto(url, { waitUntil: 'commit' });
    return await measure(page);
  } finally {
    await context.close();
  }
}

/** Milliseconds from the start of the navigation until the search box takes what is typed, by the page's own clock. */
async function untilAlive(page: Page): Promise<number> {
  await page.locator('[data-alive]').waitFor();
  return page.evaluate(() => performance.getEntriesByName('videre-alive')[0]!.startTime);
}

/** Processor time of the page's main thread so far: on a busy machine the figure that says something. */
async function mainThreadMs(page: Page): Promise<number> {
  const { metrics } = await sessions.get(page)!.send('Performance.getMetrics');
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
}

/** Until the first result is there, and the little that it takes to ask. */
async function untilResults(page: Page): Promise<number> {
  await page.locator('.card meter').first().waitFor();
  return page.evaluate(() => performance.now());
}

/** What a browser tells of everything it was sent. */
interface Sent {
  name: string;
  /** As it crossed the wire, compressed. */
  encodedBodySize: number;
}

/** Bytes of what makes the page, and with what of the library it shows. */
async function weigh(page: Page): Promise<{ code: number; all: number }> {
  const sent = await page.evaluate(() => {
    const entries = performance.getEntries().filter((entry) => 'encodedBodySize' in entry);
    return (entries as unknown as Sent[]).map(({ name, encodedBodySize }) => ({ name, encodedBodySize }));
  });
  const bytes = (some: readonly Sent[]) =>
    some.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  return { code: bytes(sent.filter(({ name }) => !name.includes('/v1/'))), all: bytes(sent) };
}
