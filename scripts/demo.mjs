// npm run demo [-- --no-serve]: sets up what is missing, takes the demo clips into a library of its own, answers a few
// queries over the HTTP API, and goes on serving.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const videre = join(root, 'bin', 'videre.mjs');
const clips = join(root, 'models', 'playground', 'demo');
const library = join(root, '.demo');
const FIRST_PORT = 7330;
const QUERIES = 8;

const unknown = process.argv.slice(2).filter((argument) => argument !== '--no-serve');
if (unknown.length > 0) {
  process.stderr.write(`npm run demo takes --no-serve and nothing else, not ${unknown.join(' ')}.\n`);
  process.exit(64);
}

function run(...args) {
  const { status, signal } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(signal === null ? status : 130);
}

/** The first port from FIRST_PORT on that nobody listens on. */
async function freePort(port = FIRST_PORT) {
  const isFree = await new Promise((resolve) => {
    const trial = createServer();
    trial.once('error', () => resolve(false));
    trial.listen(port, '127.0.0.1', () => trial.close(() => resolve(true)));
  });
  return isFree ? port : freePort(port + 1);
}

/** Starts the server. @returns {Promise<{ server: import('node:child_process').ChildProcess, url: string }>} */
async function serve() {
  const args = [videre, 'serve', '--data', library, '--port', String(await freePort()), '--json'];
  const server = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    server.once('exit', (code) => process.exit(code ?? 1));
    createInterface(server.stdout).once('line', (line) => resolve({ server, url: JSON.parse(line).url }));
  });
}

/** Captions of the demo clips, spread over them: from single short clips and from the middle of long ones. */
function chooseQueries() {
  const { clips: described } = JSON.parse(readFileSync(join(clips, 'demo.json'), 'utf8'));
  const every = described.length / QUERIES;
  return Array.from({ length: QUERIES }, (_, position) => {
    const { captions } = described[Math.floor(position * every)];
    return captions[captions.length >> 1].caption;
  });
}

async function search(url, query) {
  const response = await fetch(`${url}/v1/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, limit: 1 }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()).results[0];
}

/** @param {string[][]} rows */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ')).join('\n');
}

async function answerQueries(url) {
  const rows = [['query', 'video', 'start-end', 'score']];
  for (const query of chooseQueries()) {
    const { title, startSeconds, endSeconds, score } = await search(url, query);
    rows.push([query, title, `${startSeconds.toFixed(1)}-${endSeconds.toFixed(1)} s`, score.toFixed(2)]);
  }
  process.stdout.write(`\n${table(rows)}\n\n`);
}

run(join(root, 'scripts', 'setup.mjs'));
run(videre, 'ingest', clips, '--data', library, '--quiet');
const { server, url } = await serve();
await answerQueries(url);

// Ctrl-C reaches the server as well, which ends in its own time; its end is ours.
process.on('SIGINT', () => {});
if (process.argv.includes('--no-serve')) {
  server.removeAllListeners('exit');
  server.once('exit', () => process.exit(0));
  server.kill('SIGTERM');
} else {
  process.stdout.write(`The library is served on ${url}. Ctrl-C ends it. Ask it yourself:\n`);
  process.stdout.write(`  node bin/videre.mjs search "a cat" --data .demo\n`);
  process.stdout.write(
    `  curl -s ${url}/v1/search -H 'content-type: application/json' -d '{"query":"a dog spins clockwise"}'\n`,
  );
}
