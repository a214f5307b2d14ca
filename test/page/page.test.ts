import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, launchBrowser } from './browser.js';
import { startPrefixProxy } from './prefix-proxy.js';
import { Service } from './service.js';

const DEMO = 'models/playground/demo';
/** 48 s, a scene every 4 s, in a codec that every browser plays. */
const LONG = join(DEMO, 'long06.mp4');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function videre(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/videre.mjs', ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`videre ${args[0]}: ${stderr}`);
  return stdout;
}

/** A browser on a busy machine takes its time. */
function eventually<Value>(read: () => Promise<Value>) {
  return expect.poll(read, { timeout: 15_000 });
}

describe.skipIf(browserPath === undefined)(
  `the page${browserPath === undefined ? ' (skipped: no Chromium here; apt-get install chromium)' : ''}`,
  () => {
    let data: string;
    let browser: Browser;
    let service: Service;
    let context: BrowserContext;
    let page: Page;
    /** What a page must never do: ask anything of others, break its policy, throw. */
    let complaints: string[];

    beforeAll(async () => {
      data = await mkdtemp(join(tmpdir(), 'videre-page-'));
      videre('ingest', join(DEMO, 'clip12.mp4'), join(DEMO, 'clip13.webm'), '--data', data, '--quiet');
      service = await Service.start(data);
      browser = await launchBrowser();
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await service?.stop();
      await rm(data, { recursive: true, force: true });
    });

    async function open(path: string, root: string = service.url): Promise<void> {
      complaints = [];
      context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
      page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(root) && !/^(data|blob):/.test(url)) complaints.push(`asked for ${url}`);
      });
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(new URL(path, root).href);
    }
    afterEach(async () => {
      await context?.close();
    });

    it('uploads, shows progress, finds the moment, plays it at its second', async () => {
      await open('library');
      await page.setInputFiles('#upload-files', LONG);
      const upload = page.locator('.uploads li');
      await upload.locator('progress').waitFor();
      await page.locator('.uploads li[data-state=done]').waitFor({ timeout: 60_000 });
      await page.locator('tr[data-video]', { hasText: 'long06' }).waitFor();

      await page.locator('nav >> text=Search').click();
      const { caption, start, end } = await sceneOfLong();
      await page.locator('#query').pressSequentially(caption);
      const first = page.locator('.card').first();
      await first.locator('.title', { hasText: 'long06' }).waitFor();
      await first.hover();
      await first.locator('video').waitFor({ state: 'attached' });
      await first.locator('a').click();

      const video = page.locator('.watch video');
      await video.waitFor();
      await eventually(() =>
        video.evaluate((element: HTMLVideoElement) => element.readyState),
      ).toBeGreaterThan(1);
      const at = await video.evaluate((element: HTMLVideoElement) => element.currentTime);
      expect(at).toBeGreaterThan(start - 2);
      expect(at).toBeLessThan(end);

      // The best of this video's moments is the same, and its chip seeks.
      await page.locator('.moments .chip').first().click();
      await eventually(() =>
        video.evaluate((element: HTMLVideoElement) => element.currentTime),
      ).toBeGreaterThan(start - 2);
      const timeline = page.getByRole('slider', { name: 'Position in the video' });
      const box = (await timeline.boundingBox())!;
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      await eventually(() =>
        video.evaluate((element: HTMLVideoElement) => Math.abs(element.currentTime - 24)),
      ).toBeLessThan(3);
      expect(complaints).toEqual([]);
    }, 90_000);

    it('answers a question, and a citation seeks', async () => {
      await open('library');
      await page.locator('tr[data-video] a').first().click();
      await page.locator('#question').fill('what is in the video?');
      await page.locator('.ask button[type=submit]').click();
      await page.locator('.turns .answer').filter({ hasText: /\w/ }).waitFor({ timeout: 30_000 });
      const citation = page.locator('.turns .chip').first();
      await citation.waitFor({ timeout: 30_000 });
      await citation.click();
      expect(complaints).toEqual([]);
    }, 60_000);

    it('shows hostile titles as text and runs nothing of them', async () => {
      const hostile = `"><img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`;
      await open('library');
      const row = page.locator('tr[data-video]', { hasText: 'clip12' });
      const id = (await row.getAttribute('data-video'))!;
      const answer = await page.request.patch(new URL(`v1/videos/${id}`, service.url).href, {
        data: { title: hostile, tags: [hostile.slice(0, 40)], description: hostile },
      });
      expect(answer.status()).toBe(200);
      for (const path of ['library', `videos/${id}`, '?q=a']) {
        await page.goto(new URL(path, service.url).href);
        await page.getByText(hostile).first().waitFor();
        expect(await page.title()).not.toContain('pwned');
      }
      expect(complaints).toEqual([]);
    }, 60_000);

    it('works by keyboard alone', async () => {
      await open('');
      await page.locator('#query').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('something that moves');
      await page.locator('.card').first().waitFor();
      for (let tabs = 0; tabs < 20; tabs++) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(() => document.activeElement?.matches('.card a') ?? false)) break;
      }
      await page.keyboard.press('Enter');
      const timeline = page.getByRole('slider', { name: 'Position in the video' });
      await timeline.focus();
      await page.keyboard.press('End');
      await eventually(() =>
        page
          .locator('.watch video')
          .evaluate((video: HTMLVideoElement) => video.duration - video.currentTime),
      ).toBeLessThan(1);
      expect(complaints).toEqual([]);
    }, 60_000);

    it('says honestly when nothing fits, and when there is nothing', async () => {
      await open('?q=zxqv%20unheard%20of');
      await page.locator('[data-empty=weak], .card').first().waitFor();
      await page.locator('.filters summary').click();
      await page.locator('#filter-tag').fill('no-such-tag');
      await page.locator('[data-empty=none]').waitFor();
      expect(complaints).toEqual([]);
    });

    it('takes a deletion back until it is done', async () => {
      await open('library');
      const rows = page.locator('tr[data-video]');
      await rows.first().waitFor();
      const before = await rows.count();
      await rows.first().getByRole('button').click();
      await eventually(() => rows.count()).toBe(before - 1);
      await page.locator('.toast button').click();
      await eventually(() => rows.count()).toBe(before);
      await page.reload();
      await eventually(() => rows.count()).toBe(before);
      expect(complaints).toEqual([]);
    });

    it.each(['', '?q=a%20dog', 'library', 'ask', 'evaluations', 'status'])(
      'axe finds nothing on /%s, light or dark',
      async (path) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await open(path);
          await page.emulateMedia({ colorScheme });
          await page.waitForLoadState('networkidle');
          // By the debugger: the page's own policy would not let it in.
          await page.evaluate(axe);
          expect(await violations()).toEqual([]);
          await context.close();
        }
      },
      60_000,
    );

    it('works behind a path prefix', async () => {
      const { url, server } = await startPrefixProxy(service.url, '/some/videos/');
      try {
        await open('?q=something', url);
        await page.locator('.card a').first().click();
        const video = page.locator('.watch video');
        await eventually(() =>
          video.evaluate((element: HTMLVideoElement) => element.readyState),
        ).toBeGreaterThan(1);
        await page.locator('nav >> text=Library').click();
        await page.locator('tr[data-video]').first().waitFor();
        expect(complaints).toEqual([]);
      } finally {
        await context.close();
        server.closeAllConnections();
        server.close();
      }
    }, 60_000);

    it('asks for an API key where one is needed, and shows pictures and plays with it', async () => {
      const { key } = JSON.parse(
        videre('keys', 'create', 'page', '--scope', 'read,write', '--data', data, '--json'),
      );
      await service.stop();
      service = await Service.start(data, '--require-key');
      try {
        await open('?q=something');
        await page.getByLabel('API key').fill('videre_wrong');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByText('not known').waitFor();
        await page.getByLabel('API key').fill(key);
        await page.getByRole('button', { name: 'Sign in' }).click();
        const picture = page.locator('.card img').first();
        await eventually(() =>
          picture.evaluate((image: HTMLImageElement) => image.naturalWidth),
        ).toBeGreaterThan(0);
        expect(await page.evaluate(() => document.cookie)).toBe('');
        await page.locator('.card a').first().click();
        const video = page.locator('.watch video');
        await eventually(() =>
          video.evaluate((element: HTMLVideoElement) => element.readyState),
        ).toBeGreaterThan(1);
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByLabel('API key').waitFor();
      } finally {
        // An open page holds its connection, and the service would wait for it.
        await context.close();
        await service.stop();
        service = await Service.start(data);
      }
    }, 90_000);

    it('weighs less than 60 KB', async () => {
      await open('');
      await page.waitForLoadState('networkidle');
      const bytes = await page.evaluate(() =>
        [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce(
          (sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize,
          0,
        ),
      );
      expect(bytes).toBeGreaterThan(1000);
      expect(bytes).toBeLessThan(60 * 1024);
    });

    /** What axe-core has against the page as it is, in words. */
    async function violations(): Promise<string[]> {
      return page.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        const { violations: found } = await axe.run();
        return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
      });
    }
  },
);

/** The third scene of the long clip that is uploaded. */
async function sceneOfLong(): Promise<{ caption: string; start: number; end: number }> {
  const { clips } = JSON.parse(await readFile(join(DEMO, 'demo.json'), 'utf8'));
  return clips.find((clip: { file: string }) => clip.file === 'long06.mp4').captions[2];
}
