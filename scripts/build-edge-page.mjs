// Before wrangler bundles the Worker: the files of its page, which the platform serves itself (wrangler.toml, [assets]).
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { bundleScript, ICON } from '../src/http/web/bundle-page.ts';

const source = new URL('../src/http/web/', import.meta.url);
const target = new URL('../build/edge/assets/', import.meta.url);
mkdirSync(target, { recursive: true });
writeFileSync(new URL('client.js', target), await bundleScript(source));
copyFileSync(new URL('styles.css', source), new URL('styles.css', target));
writeFileSync(new URL('icon.svg', target), ICON);
