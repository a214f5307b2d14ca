#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a clone the sources run as they are; the published package holds only what was compiled from them.
const source = new URL('../src/main.ts', import.meta.url);
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL('../dist/main.js', import.meta.url).href);
}
