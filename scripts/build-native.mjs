// Builds the native addon (build/native/videre_scan.node), or with --sanitize the test programs of the kernels under
// AddressSanitizer and UndefinedBehaviorSanitizer, and runs them. Plain Node, no dependencies but the Node-API headers
// in node_modules; nothing is downloaded. Without a compiler it says so and succeeds: a TypeScript scan serves.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outputDirectory = join(root, 'build', 'native');
const addonPath = join(outputDirectory, 'videre_scan.node');

const commonFlags = [
  '-O3',
  '-std=c++20',
  '-Wall',
  '-Wextra',
  // Our own builds stop at a warning; a user's newer compiler must not stop theirs.
  ...(process.env.CI || process.argv.includes('--sanitize') ? ['-Werror'] : []),
  '-fPIC',
  '-fvisibility=hidden',
  '-pthread',
];
const includeFlags = ['node-addon-api', 'node-api-headers/include'].flatMap((directory) => [
  '-isystem',
  join(root, 'node_modules', directory),
]);

/** @typedef {{ source: string, flags: string[] }} Unit */

/** Each instruction set has its own translation unit; everything else runs on any processor of the architecture. */
function kernelUnits() {
  /** @type {Unit[]} */
  const units = [
    ...['thread-pool', 'task-runner', 'instruction-level'].map((name) => ({
      source: `kernels/cpu/${name}.cpp`,
      flags: [],
    })),
  ];
  for (const kernel of ['selective-scan', 'scan-operands']) {
    units.push(
      { source: `kernels/cpu/${kernel}.cpp`, flags: [] },
      { source: `kernels/cpu/${kernel}-portable.cpp`, flags: [] },
    );
    if (process.arch === 'x64') {
      units.push(
        { source: `kernels/cpu/${kernel}-avx2.cpp`, flags: ['-mavx2', '-mfma'] },
        {
          source: `kernels/cpu/${kernel}-avx512.cpp`,
          flags: ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mfma'],
        },
      );
    }
  }
  return units;
}

/** @type {Unit} */
const addonUnit = {
  source: 'kernels/node/addon.cpp',
  flags: ['-DNAPI_VERSION=8', '-DNODE_ADDON_API_CPP_EXCEPTIONS', ...includeFlags],
};

/** @returns {string | undefined} the first compiler that can do C++20 */
function findCompiler() {
  const candidates = [process.env.CXX, 'c++', 'g++', 'clang++'].filter((name) => name);
  return candidates.find((name) => {
    const trial = spawnSync(name, ['-std=c++20', '-x', 'c++', '-fsyntax-only', '-'], {
      input: '#include <mutex>\n',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return trial.status === 0;
  });
}

function describeInstallation() {
  if (process.platform === 'darwin') return 'xcode-select --install';
  return 'sudo apt-get install -y g++';
}

/** @param {string} compiler @param {string[]} args */
function compile(compiler, args) {
  const result = spawnSync(compiler, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) {
    process.stderr.write(`The compiler failed: ${compiler} ${args.join(' ')}\n`);
    process.exit(1);
  }
}

/** Objects of `units`, compiled into `directory`. @param {string} compiler @param {Unit[]} units @param {string[]} flags */
function compileUnits(compiler, units, flags, directory) {
  mkdirSync(directory, { recursive: true });
  return units.map(({ source, flags: ownFlags }) => {
    const object = join(directory, `${source.replaceAll('/', '-')}.o`);
    compile(compiler, [...flags, ...ownFlags, '-c', join(root, source), '-o', object]);
    return object;
  });
}

/** What the addon is made from: when it is unchanged, so is the addon. */
function fingerprint(compiler) {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'kernels'), { recursive: true })
    .map(String)
    .filter((name) => /^(include|cpu|node)\b.*\.(h|cpp)$/.test(name) && !name.includes('cuda'))
    .sort();
  for (const name of sources) hash.update(name).update(readFileSync(join(root, 'kernels', name)));
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  hash.update(readFileSync(join(root, 'node_modules/node-addon-api/package.json')));
  hash.update(readFileSync(join(root, 'node_modules/node-api-headers/package.json')));
  hash.update(`${compiler} ${process.platform} ${process.arch}`);
  return hash.digest('hex');
}

function buildAddon(compiler) {
  const stamp = join(outputDirectory, 'fingerprint');
  const wanted = fingerprint(compiler);
  if (existsSync(addonPath) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    process.stdout.write(`The native scan is up to date: ${relative(root, addonPath)}\n`);
    return;
  }
  const objectDirectory = join(outputDirectory, `objects-${process.pid}`);
  const objects = compileUnits(compiler, [...kernelUnits(), addonUnit], commonFlags, objectDirectory);
  // On macOS the addon's Node-API symbols are looked up in the running node; elsewhere that is the rule for libraries.
  const linkFlags = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const linked = join(objectDirectory, 'videre_scan.node');
  compile(compiler, [...linkFlags, '-pthread', ...objects, '-o', linked]);
  // Renamed into place: another process may have the old one open, or be building the same thing.
  renameSync(linked, addonPath);
  writeFileSync(stamp, wanted);
  rmSync(objectDirectory, { recursive: true });
  process.stdout.write(`Built the native scan: ${relative(root, addonPath)}\n`);
}

function testWithSanitizers(compiler) {
  const directory = join(root, 'build', 'native-test');
  const flags = [...commonFlags, '-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const kernels = compileUnits(compiler, kernelUnits(), flags, directory);
  for (const name of ['selective-scan-test', 'scan-operands-test']) {
    const testUnit = { source: `kernels/test/${name}.cpp`, flags: [] };
    const test = compileUnits(compiler, [testUnit], flags, directory);
    const program = join(directory, name);
    compile(compiler, [...flags, ...kernels, ...test, '-o', program]);
    const result = spawnSync(program, [], { stdio: 'inherit' });
    if (result.status !== 0) process.exit(1);
  }
}

const compiler = findCompiler();
if (compiler === undefined) {
  process.stdout.write(
    `No C++20 compiler was found, so the slow TypeScript scan will serve; to build the native one: ${describeInstallation()}, then npm run build:native.\n`,
  );
} else if (process.argv.includes('--sanitize')) {
  testWithSanitizers(compiler);
} else {
  buildAddon(compiler);
}
