import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where the browser of this machine is; undefined when it has none. */
export const browserPath: string | undefined = [process.env.VIDERE_CHROMIUM ?? '', ...PLACES].find(
  existsSync,
);

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath!,
    // As root there is no sandbox to be had; nothing but our own page is opened.
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  });
}
