/**
 * `npm run page:pictures`: the pictures of the documentation, made by using the page: `docs/images/page-*.png`, and
 * the recording `docs/images/page.webp`. Needs Chromium and ffmpeg.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { launchBrowser } from './browser.js';
import { Service } from './service.js';

const IMAGES = 'docs/images';
const DEMO = 'models/playground/demo';
/** Codecs that Chromium plays everywhere. */
const FILES = [
  'long00.mp4',
  'long01.webm',
  'long06.mp4',
  'long07.webm',
  'clip12.mp4',
  'clip13.webm',
  'clip18.mp4',
  'clip30.mp4',
];
const FRAME_MS = 250;
/** The scene that the tests of the page look for, and a question of the kind that the decoder was taught most. */
const CAPTION = 'a swan moving towards some headphones';
const QUESTION = 'what does the swan do?';

const folder = await mkdtemp(join(tmpdir(), 'videre-pictures-'));
const data = join(folder, 'library');
const frames = join(folder, 'frames');
await mkdir(frames);
run(
  process.execPath,
  'bin/videre.mjs',
  'ingest',
  ...FILES.map((file) => join(DEMO, file)),
  '--data',
  data,
  '--quiet',
);
const service = await Service.start(data);
const browser = await launchBrowser();
const context = await browser.newContext({ viewport: { width: 1200, height: 760 } });
const page = await context.newPage();
await page.goto(service.url);
await allPicturesShown(page);
const recording = record(page);
try {
  await page.locator('#query').pressSequentially(CAPTION, { delay: 60 });
  await page.locator('.card').first().waitFor();
  await allPicturesShown(page);
  await page.locator('.card').first().hover();
  await page.waitForTimeout(1500);
  await keep('page-search');
  await page.locator('.card a').first().click();
  await page.locator('.watch video').waitFor();
  await page.waitForTimeout(1500);
  await page.locator('.moments .chip').first().click();
  await page.waitForTimeout(1500);
  // What stands still while the answer is awaited takes no room in the recording.
  await page.locator('.watch video').evaluate((video: HTMLVideoElement) => video.pause());
  await page.locator('#question').pressSequentially(QUESTION, { delay: 50 });
  await page.keyboard.press('Enter');
  await page.locator('.turns .chip').first().waitFor({ timeout: 60_000 });
  await page.locator('.turns .chip').first().click();
  await page.waitForTimeout(1500);
  await keep('page-watch');
  await recording.stop();
  await page.goto(new URL('library', service.url).href);
  await allPicturesShown(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await keep('page-library');
  await page.goto(new URL('status', service.url).href);
  await page.locator('.facts').waitFor();
  await keep('page-status');
} finally {
  await recording.stop();
  await browser.close();
  await service.stop();
}
run(
  'ffmpeg',
  '-y',
  '-nostdin',
  '-v',
  'error',
  '-framerate',
  String(1000 / FRAME_MS),
  '-i',
  join(frames, '%04d.png'),
  '-vf',
  `mpdecimate,setpts=N/${1000 / FRAME_MS}/TB,scale=640:-1`,
  '-c:v',
  'libwebp',
  '-quality',
  '50',
  '-loop',
  '0',
  join(IMAGES, 'page.webp'),
);
await rm(folder, { recursive: true });

/** With few colours, so that a picture of the documentation weighs little. */
async function keep(name: string): Promise<void> {
  await sharp(await page.screenshot())
    .png({ palette: true, effort: 10 })
    .toFile(join(IMAGES, `${name}.png`));
}

function run(program: string, ...args: string[]): void {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}

async function allPicturesShown(shown: Page): Promise<void> {
  await shown.locator('img').first().waitFor();
  await shown.waitForFunction(() => [...document.images].every(({ complete }) => complete), null, {
    timeout: 60_000,
  });
}

/** A picture of the page every so often, until it is stopped. */
function record(shown: Page): { stop(): Promise<void> } {
  let isOn = true;
  const done = (async () => {
    for (let frame = 0; isOn; frame++) {
      const path = join(frames, `${String(frame).padStart(4, '0')}.png`);
      await Promise.all([
        shown.screenshot({ path }).catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, FRAME_MS)),
      ]);
    }
  })();
  return {
    stop: async () => {
      isOn = false;
      await done;
    },
  };
}
