import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, launchBrowser } from './browser.js';
import { startPrefixProxy } from './prefix-proxy.js';
import { Service } from './service.js';

const DEMO = 'models/playground/demo';
/** 48 s, a scene every 4 s, in a codec that every browser plays. */
const LONG = join(DEMO, 'long06.mp4');
/** Chromium does not play it. */
const HEVC = join(DEMO, 'clip15.mp4');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The pages, and what each shows once it is complete. */
const SHOWN = [
  ['', '.card'],
  ['?q=a%20dog', '.card'],
  ['library', 'tr[data-video]'],
  ['ask', '.ask'],
  ['evaluations', 'td'],
  ['status', '.facts'],
] as const;

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
      [service, browser] = await Promise.all([Service.start(data), launchBrowser()]);
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

    it('says what to do when the library is empty', async () => {
      await open('');
      await page.locator('[data-empty=library] a').click();
      await page.getByText('The library is empty').waitFor();
      expect(complaints).toEqual([]);
    });

    it('says in plain words what is wrong with a file, and takes the others', async () => {
      const broken = { name: 'broken.mp4', mimeType: 'video/mp4', buffer: Buffer.from('no video at all') };
      await open('library');
      await page.setInputFiles('#upload-files', broken);
      await page.setInputFiles('#upload-files', [join(DEMO, 'clip12.mp4'), HEVC]);
      const failed = page.locator('.uploads li[data-state=failed]');
      await failed.getByText('is not a video file').waitFor();
      await failed.getByRole('button', { name: 'Try again' }).waitFor();
      await eventually(() => page.locator('.uploads li[data-state=done]').count()).toBe(2);
      await page.locator('tr[data-video]', { hasText: 'broken' }).getByText('failed').waitFor();
      expect(complaints).toEqual([]);
    }, 60_000);

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
      const preview = first.locator('video');
      await eventually(() => preview.evaluate((element: HTMLVideoElement) => element.muted)).toBe(true);
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
      const hostile = `"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;
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
        expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
      }
      expect(complaints).toEqual([]);
    }, 60_000);

    it('works by keyboard alone', async () => {
      await open('');
      await page.locator('#query').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('something that moves');
      await page.locator('.card').first().waitFor();
      const focused = (selector: string) =>
        page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
      await page.getByRole('button', { name: 'To the content' }).focus();
      await page.keyboard.press('Enter');
      expect(await focused('main')).toBe(true);
      for (let tabs = 0; tabs < 20 && !(await focused('.card a')); tabs++) await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowRight');
      expect(await focused('.card:nth-child(2) > a')).toBe(true);
      await page.locator('.card:nth-child(2) video').waitFor({ state: 'attached' });
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('?');
      await page.getByRole('dialog').getByText('To Library').waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      const timeline = page.getByRole('slider', { name: 'Position in the video' });
      await timeline.focus();
      await page.keyboard.press('End');
      await eventually(() =>
        page
          .locator('.watch video')
          .evaluate((video: HTMLVideoElement) => video.duration - video.currentTime),
      ).toBeLessThan(1);
      await page.keyboard.press('a');
      expect(await focused('#question')).toBe(true);
      expect(complaints).toEqual([]);
    }, 60_000);

    it('leaves single keys alone where somebody wants that', async () => {
      await open('library');
      await page.getByRole('button', { name: 'Keys' }).click();
      await page.getByRole('checkbox', { name: 'Single keys do this' }).uncheck();
      await page.keyboard.press('Escape');
      await page.keyboard.press('/');
      expect(await page.evaluate(() => document.activeElement?.id)).not.toBe('library-title');
    });

    it('finds the like of a moment, and of a dropped picture, and mixes them with words', async () => {
      await open('?q=a%20swan');
      const asked: object[] = [];
      page.on('request', (request) => {
        if (request.url().endsWith('/v1/search')) asked.push(request.postDataJSON());
      });
      await page.locator('.card').first().getByRole('button').click();
      await page.locator('.given', { hasText: 'Like' }).waitFor();
      // The button that had it goes with the results that it was among.
      await page.locator('[role=status]:focus').waitFor();
      await eventually(async () => asked.at(-1)).toMatchObject({ clip: { startSeconds: 8 } });
      await page.locator('#query').fill('headphones');
      await eventually(async () => asked.at(-1)).toMatchObject({ query: 'headphones', clip: {} });
      await page.reload();
      await page.locator('.given', { hasText: 'Like' }).waitFor();
      await page.getByRole('button', { name: 'Look for it no more' }).click();

      // A frame of the library, as a picture that was dropped.
      const picture = await page.request.get(await page.locator('.card img').first().evaluate(sourceOf));
      await page.evaluate(
        (base64) => {
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], 'frame.jpg', { type: 'image/jpeg' }));
          const event = new DragEvent('drop', { bubbles: true, dataTransfer });
          document.querySelector('.brand')!.dispatchEvent(event);
        },
        (await picture.body()).toString('base64'),
      );
      await page.locator('.given', { hasText: 'frame.jpg' }).waitFor();
      await page.locator('#query').fill('');
      await page.locator('.card .title', { hasText: 'long06' }).first().waitFor();
      expect(complaints).toEqual([]);
    });

    it('renames and tags in the library, and filters by the tag', async () => {
      await open('library');
      const row = page.locator('tr[data-video]', { hasText: 'long06' });
      await row.getByRole('button', { name: 'Edit' }).click();
      await page.getByLabel('Title', { exact: true }).fill('A day out');
      await page.getByLabel('Tags').fill('birds, water');
      await page.keyboard.press('Enter');
      const renamed = page.locator('tr[data-video]', { hasText: 'A day out' });
      await renamed.locator('button:focus', { hasText: 'Edit' }).waitFor();
      await renamed.getByRole('button', { name: 'birds' }).click();
      await eventually(() => page.locator('tr[data-video]').count()).toBe(1);
      expect(complaints).toEqual([]);
    });

    it('says which codec the browser does not play', async () => {
      await open('library');
      await page.locator('tr[data-video] a', { hasText: 'clip15' }).click();
      await page.locator('[data-unplayable]', { hasText: 'H.265' }).waitFor();
    });

    it('goes on with an upload and a question when the server comes back', async () => {
      await open('library');
      await page.locator('tr[data-video]').first().waitFor();
      const away = page.route('**/v1/jobs/**', (route) => route.abort('connectionrefused'));
      await away;
      await page.setInputFiles('#upload-files', join(DEMO, 'clip13.webm'));
      await page.locator('.uploads li', { hasText: 'does not answer' }).waitFor();
      await page.unroute('**/v1/jobs/**');
      await page.locator('.uploads li[data-state=done]').waitFor();

      await page.goto(new URL('ask', service.url).href);
      await page.route('**/v1/ask', (route) => route.abort('connectionrefused'));
      await page.locator('#question').fill('what is there?');
      await page.keyboard.press('Enter');
      const again = page.locator('.turns').getByRole('button', { name: 'Try again' });
      await again.waitFor();
      await page.unroute('**/v1/ask');
      await again.click();
      await page.locator('.turns .chip').first().waitFor({ timeout: 30_000 });
      // Citations of the library name their video, and lead to it.
      await page.locator('.turns .chip').first().click();
      await page.locator('.watch video').waitFor();
    }, 60_000);

    it('tells verified citations from others', async () => {
      const place = { evidenceId: 'c1', clipId: 1, videoId: 'v', title: 'Film', sentence: '', support: 1 };
      const events = [
        ['delta', { text: 'A swan. A horse.' }],
        ['citation', { ...place, startSeconds: 8, endSeconds: 12, position: 7, verified: true }],
        ['citation', { ...place, startSeconds: 20, endSeconds: 24, position: 16, verified: false }],
        ['done', { outcome: 'answered', abstained: false, conversationId: 'x', model: 'm' }],
      ] as const;
      await open('ask');
      await page.route('**/v1/ask', (route) =>
        route.fulfill({
          contentType: 'text/event-stream',
          body: events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join(''),
        }),
      );
      await page.locator('#question').fill('what is there?');
      await page.keyboard.press('Enter');
      const answer = page.locator('.turns .answer');
      await answer.locator('.chip').nth(1).waitFor();
      expect(await answer.locator('.chip.verified').innerText()).toContain('0:08–0:12');
      expect(await answer.locator('.chip.unverified').innerText()).toContain('0:20–0:24');
      expect(await answer.textContent()).toMatch(/^A swan\..*0:12 A horse\..*0:24$/);
    });

    it('says honestly when nothing fits, and when there is nothing', async () => {
      await open('?q=zxqv%20unheard%20of');
      await page.locator('[data-empty=weak], .card').first().waitFor();
      await page.locator('.filters summary').click();
      await page.locator('#filter-tag').fill('no-such-tag');
      await page.locator('[data-empty=none]').waitFor();
      expect(complaints).toEqual([]);
    });

    it('goes on by keyboard at the first of the moments and videos that "Show more" brings', async () => {
      await open('');
      // Of what there is, a few at a time.
      const few = (limit: number) => async (route: Route) => {
        const request = route.request();
        if (request.method() === 'POST') {
          await route.continue({ postData: { ...request.postDataJSON(), limit } });
        } else await route.continue({ url: request.url().replace(/limit=\d+/, `limit=${limit}`) });
      };
      await page.route('**/v1/search', few(2));
      await page.route('**/v1/videos?**', few(2));
      await page.locator('#query').fill('a dog');
      for (const [address, items, focused] of [
        [undefined, '.grid .card', '.card:nth-child(3) > a:focus'],
        ['library', 'tr[data-video]', 'tr[data-video]:nth-child(3) a:focus'],
      ] as const) {
        if (address !== undefined) await page.goto(new URL(address, service.url).href);
        await eventually(() => page.locator(items).count()).toBe(2);
        await page.getByRole('button', { name: 'Show more' }).press('Enter');
        await page.locator(focused).waitFor();
      }
      expect(complaints).toEqual([]);
    });

    it('takes a deletion back until it is done', async () => {
      await open('library');
      const rows = page.locator('tr[data-video]');
      await rows.first().waitFor();
      const before = await rows.count();
      await rows.first().getByRole('button', { name: 'Delete' }).click();
      await eventually(() => rows.count()).toBe(before - 1);
      // The focus is on the way back.
      await page.locator('.toast button:focus').waitFor();
      // A list that is loaded anew, in which the video still is, does not bring it back.
      const listed = page.waitForResponse(/v1\/videos\?/);
      await page.locator('#library-order').selectOption('title');
      await (await listed).finished();
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
      expect(await rows.count()).toBe(before - 1);
      await page.locator('.toast button').press('Enter');
      await eventually(() => rows.count()).toBe(before);
      // And then on the row that is back.
      await page.locator('tr[data-video] [data-delete]:focus').waitFor();
      await page.reload();
      await eventually(() => rows.count()).toBe(before);
      // When the time for it is over, the focus is not lost with the way back. (The server keeps the video: others want it.)
      await page.route('**/v1/videos/*', (route) =>
        route.request().method() === 'DELETE' ? route.fulfill({ status: 204 }) : route.continue(),
      );
      await page.clock.install();
      await rows.first().getByRole('button', { name: 'Delete' }).click();
      await page.locator('.toast button:focus').waitFor();
      await page.clock.fastForward(11_000);
      await page.locator('tbody:focus').waitFor();
      expect(complaints).toEqual([]);
    });

    it('shows evaluations with their report, and what the service runs on', async () => {
      await keepReport(join(data, 'reports', 'playground-1'));
      await open('evaluations');
      await page.getByRole('button', { name: 'playground-1' }).click();
      await page.frameLocator('iframe').getByText('Failures of the encoder').waitFor();
      await page.goto(new URL('status', service.url).href);
      await page.locator('.facts').getByText('100.0 %').waitFor();
      expect(complaints).toEqual([]);
    });

    it('axe finds nothing, light or dark', async () => {
      await open('');
      for (const [path, shown] of SHOWN) {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.goto(new URL(path, service.url).href);
        await page.locator(shown).first().waitFor();
        // By the debugger: the page's own policy would not let it in.
        await page.evaluate(axe);
        expect(await violations(), path).toEqual([]);
        // Nothing but colours changes with the scheme.
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await violations(['color-contrast']), `${path}, dark`).toEqual([]);
      }
    }, 60_000);

    it('fits a phone, and twice the size of letters', async () => {
      await open('');
      await page.setViewportSize({ width: 320, height: 640 });
      for (const [path, shown] of SHOWN) {
        await page.goto(new URL(path, service.url).href);
        await page.locator(shown).first().waitFor();
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(beyond, path).toBeLessThanOrEqual(0);
      }
    });

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

    it('asks for an API key where one is needed, and shows pictures and plays with it', async () => {
      const made = await fetch(new URL('v1/keys', service.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'page', scopes: ['read', 'write'] }),
      });
      const { key } = (await made.json()) as { key: string };
      await service.stop();
      service = await Service.start(data, '--require-key');
      {
        await open('?q=something');
        await page.getByRole('button', { name: 'Not now' }).click();
        await page.locator('#query').fill('something else');
        await page.waitForResponse((answer) => answer.status() === 401);
        await page.getByRole('alert').getByText('Sign in, at the top').waitFor();
        expect(await page.getByRole('dialog').count()).toBe(0);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByLabel('API key').fill('videre_wrong');
        await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
        await page.getByText('not known').waitFor();
        await page.getByLabel('API key').fill(key);
        await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
        const picture = page.locator('.card img').first();
        await eventually(() =>
          picture.evaluate((image: HTMLImageElement) => image.naturalWidth),
        ).toBeGreaterThan(0);
        expect(await page.evaluate(() => document.cookie)).toBe('');
        expect(await context.cookies(new URL('v1/', service.url).href)).toMatchObject([
          { path: '/v1', httpOnly: true, sameSite: 'Strict' },
        ]);
        await page.locator('.card a').first().click();
        const video = page.locator('.watch video');
        await eventually(() =>
          video.evaluate((element: HTMLVideoElement) => element.readyState),
        ).toBeGreaterThan(1);
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByLabel('API key').waitFor();
      }
    }, 90_000);

    /** What axe-core has against the page as it is, in words. */
    async function violations(rules?: string[]): Promise<string[]> {
      return page.evaluate(async (runOnly) => {
        const { axe } = window as unknown as {
          axe: {
            run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
          };
        };
        const { violations: found } = await axe.run(runOnly === undefined ? {} : { runOnly });
        return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
      }, rules);
    }
  },
);

function sourceOf(image: HTMLElement | SVGElement): string {
  return (image as HTMLImageElement).src;
}

/** An evaluation as `videre eval` leaves it in the library. */
async function keepReport(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const report = {
    dataset: 'playground',
    createdAt: '2026-01-01T00:00:00.000Z',
    partial: true,
    model: { name: 'playground' },
    texts: [1, 2],
    rows: [{ t2v: { metrics: { r1: 50 } } }],
  };
  await writeFile(join(folder, 'report.json'), JSON.stringify(report));
  await writeFile(join(folder, 'report.html'), '<!doctype html><h2>Failures of the encoder</h2>');
}

/** The third scene of the long clip that is uploaded. */
async function sceneOfLong(): Promise<{ caption: string; start: number; end: number }> {
  const { clips } = JSON.parse(await readFile(join(DEMO, 'demo.json'), 'utf8'));
  return clips.find((clip: { file: string }) => clip.file === 'long06.mp4').captions[2];
}
