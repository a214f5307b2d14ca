// Makes a clone ready to run: packages, native addon, ffmpeg. Plain Node, no dependencies; quick when all is there.
// What cannot be installed is said in one sentence with the command that would.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'node_modules', '.videre-setup');

/** @returns {boolean} whether a program is there and runs */
function runs(program, args = ['--version']) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Runs a step to its end: silent when it succeeds, with all it said when it fails. */
function step(title, program, args, environment = {}) {
  const started = Date.now();
  process.stdout.write(`${title} ... `);
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 2 ** 20,
  });
  if (status === 0) {
    process.stdout.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    return true;
  }
  process.stdout.write('failed\n');
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  return false;
}

/** How this user may run apt-get: as root, through sudo without a password, or not at all. */
function aptPrefix() {
  if (process.platform !== 'linux' || !runs('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return runs('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
}

function installationCommand(packages) {
  return process.platform === 'darwin'
    ? `brew install ${packages.join(' ')}`
    : `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`;
}

/** Installs Debian packages where that may be done. @returns {boolean} whether they are there now */
function install(packages) {
  const prefix = aptPrefix();
  if (prefix === undefined) return false;
  const apt = (title, ...args) => {
    const [program, ...rest] = [...prefix, 'apt-get', ...args];
    return step(title, program, rest, { DEBIAN_FRONTEND: 'noninteractive' });
  };
  // Old lists are good enough if the package is still there under them.
  apt('Reading the package lists', 'update');
  return apt(`Installing ${packages.join(', ')}`, 'install', '-y', '--no-install-recommends', ...packages);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Videre needs Node.js 20.19 or newer; this is ${process.versions.node}: see https://nodejs.org/en/download.`,
  );
}

/** better-sqlite3 and hnswlib-node are compiled when they are installed. */
function requireCompiler() {
  const missing = [
    !runs('c++') && !runs('g++') && 'g++',
    !runs('make') && 'make',
    !runs('python3') && 'python3',
  ].filter((name) => name !== false);
  if (missing.length === 0 || install(missing)) return;
  fail(
    `Two packages are compiled at installation and ${missing.join(', ')} is missing: ${installationCommand(missing)}`,
  );
}

function installPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.versions.modules} ${process.platform} ${process.arch}`)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  requireCompiler();
  // onnxruntime-node would download CUDA libraries that nothing here uses.
  const environment = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  if (!step('Installing packages (a few minutes, once)', 'npm', args, environment)) {
    fail('The packages could not be installed; npm says why above. Again with: npm run setup');
  }
  writeFileSync(stamp, wanted);
}

function buildNativeAddon() {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build-native.mjs')], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status === 0) return;
  process.stdout.write(
    'The native scan could not be built (the compiler says why above); a slow one in TypeScript serves.\n',
  );
}

/** Where nvcc and cuBLAS are; elsewhere there is nothing to build, and nothing to say. */
function buildCudaEngine() {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build-cuda.mjs'), '--optional'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status === 0) return;
  process.stdout.write('The CUDA engine could not be built (CMake says why above); the CPU serves.\n');
}

function provideFfmpeg() {
  if (process.env.VIDERE_FFMPEG || (runs('ffmpeg', ['-version']) && runs('ffprobe', ['-version']))) return;
  if (install(['ffmpeg'])) return;
  process.stdout.write(`ffmpeg is missing, so no video can be read: ${installationCommand(['ffmpeg'])}\n`);
}

/** For the tests of the page, on machines that only test: nobody else is made to download a browser. */
function provideBrowser() {
  if (!process.env.CI || process.env.VIDERE_CHROMIUM || runs('chromium')) return;
  if (!install(['chromium']))
    process.stdout.write('There is no Chromium, so the tests of the page are skipped.\n');
}

requireNode();
installPackages();
buildNativeAddon();
buildCudaEngine();
provideFfmpeg();
provideBrowser();
