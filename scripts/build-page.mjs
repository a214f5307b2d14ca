// The last step of npm run build: the page's script and styles, beside the compiled modules that serve them.
import { copyFileSync, writeFileSync } from 'node:fs';
import { bundleScript } from '../dist/http/web/bundle-page.js';

const source = new URL('../src/http/web/', import.meta.url);
const target = new URL('../dist/http/web/', import.meta.url);
writeFileSync(new URL('client.js', target), await bundleScript(source));
copyFileSync(new URL('styles.css', source), new URL('styles.css', target));
