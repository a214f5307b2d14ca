import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeWorker, startEdgeWorker } from '../support/edge-worker.js';
import { browserPath, launchBrowser } from './browser.js';
import { Service } from './service.js';

const run = promisify(execFile);
const DEMO = 'models/playground/demo';
/** 48 s, a scene every 4 s. */
const LONG = join(DEMO, 'long06.mp4');
const PUSH_KEY = 'a-key-of-the-publisher-alone';

describe.skipIf(browserPath === undefined)(
  `the page on the Worker${browserPath === undefined ? ' (skipped: no Chromium here; apt-get install chromium)' : ''}`,
  () => {
    let folder: string;
    let encoder: Service;
    let worker: EdgeWorker;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'videre-edge-page-'));
      const data = ['--data', folder];
      const built = run(process.execPath, ['--import', 'tsx', 'scripts/build-edge-page.mjs']);
      const ingested = run(process.execPath, [
        'bin/videre.mjs',
        'ingest',
        LONG,
        join(DEMO, 'clip12.mp4'),
        ...data,
        '--quiet',
      ]);
      [encoder, browser] = await Promise.all([
        Service.start(join(folder, 'nothing'), '--role', 'encoder'),
        launchBrowser(),
        built,
      ]);
      worker = await startEdgeWorker(
        { videre: { VIDERE_ENCODERS: encoder.url, VIDERE_EDGE_PUSH_KEY: PUSH_KEY } },
        'build/edge',
      );
      await ingested;
      await run(process.execPath, ['bin/videre.mjs', 'edge', 'push', worker.url.href, ...data], {
        env: { ...process.env, VIDERE_EDGE_PUSH_KEY: PUSH_KEY },
      });
      page = await browser.newPage();
      page.setDefaultTimeout(15_000);
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      await worker?.close();
      await encoder?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const open = (path: string) => page.goto(new URL(path, worker.url).href);

    it('finds a moment by what is said of it, and plays there', async () => {
      await open('');
      await page.locator('#query').fill('a dog');
      const card = page.locator('.card').first();
      await card.waitFor();
      // A picture that was pushed.
      await page.waitForFunction(() => {
        const picture = document.querySelector<HTMLImageElement>('.card img');
        return picture?.complete === true && picture.naturalWidth > 0;
      });
      await open('?q=a%20dog');
      const moment = page.locator('.card', { hasText: 'long06' }).first();
      const href = await moment.locator('a').first().getAttribute('href');
      const atSeconds = Number(new URL(href!, worker.url).searchParams.get('t'));
      await moment.locator('a').first().click();
      const video = page.locator('video');
      await expect
        .poll(
          () => video.evaluate((player: HTMLVideoElement) => player.readyState >= 2 && player.currentTime),
          {
            timeout: 15_000,
          },
        )
        .toBeCloseTo(atSeconds, 0);
      expect(complaints).toEqual([]);
    });

    it('shows nothing that a copy does not do', async () => {
      await open('library');
      await page.locator('tr[data-video]').nth(1).waitFor();
      for (const absent of [
        '#upload-files',
        '[data-delete]',
        'text=Edit',
        'nav >> text=Status',
        '#query-file',
      ]) {
        expect(await page.locator(absent).count(), absent).toBe(0);
      }
      expect((await page.request.get(new URL('status', worker.url).href)).status()).toBe(404);
      await page.locator('tr[data-video] a.name').first().click();
      await page.locator('h1[data-title]').waitFor();
      expect(await page.getByRole('button', { name: 'Edit title and tags' }).count()).toBe(0);
      expect(complaints).toEqual([]);
    });
  },
);
