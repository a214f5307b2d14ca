import { readFileSync } from 'node:fs';

/** Version of the package; `package.json` is as far from `src/` as from `dist/`. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;
