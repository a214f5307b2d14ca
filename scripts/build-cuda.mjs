// Builds the CUDA engine (build/native/videre_cuda.node) with CMake, where nvcc and cuBLAS are; nothing is downloaded.
//   npm run build:cuda                the addon; says what is missing and fails where it cannot be built
//   ... -- --optional                 as part of the setup: what is missing is no failure
//   ... -- --scan                     only compiles the scan, for which cuBLAS is not needed
//   ... -- --programs                 also the check and benchmark programs, into build/cuda
// CUDACXX names another nvcc, VIDERE_CUBLAS the folder of a cuBLAS outside the toolkit (its include/ and lib/).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outputDirectory = join(root, 'build', 'native');
const addonPath = join(outputDirectory, 'videre_cuda.node');
const stampPath = join(outputDirectory, 'cuda-fingerprint');
/** nvcc takes gigabytes for a kernel of many variants. */
const MAX_JOBS = 16;

const { values: options } = parseArgs({
  options: {
    optional: { type: 'boolean' },
    scan: { type: 'boolean' },
    programs: { type: 'boolean' },
    into: { type: 'string', default: join(root, 'build', 'cuda') },
  },
});

/** @param {string} sentence */
function cannot(sentence) {
  // On a machine without any of this there is nothing to say during the setup.
  if (!options.optional) process.stderr.write(`${sentence}\n`);
  process.exit(options.optional ? 0 : 1);
}

/** @returns {string | undefined} the first nvcc that runs */
function findNvcc() {
  return [process.env.CUDACXX, 'nvcc', '/usr/local/cuda/bin/nvcc']
    .filter((name) => name)
    .find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** @param {string} nvcc @returns {boolean} whether the headers of cuBLAS are where CMake will look */
function hasCublas(nvcc) {
  const found = spawnSync('which', [nvcc], { encoding: 'utf8' }).stdout.trim() || nvcc;
  const toolkit = dirname(dirname(realpathSync(found)));
  return [process.env.VIDERE_CUBLAS, toolkit, join(toolkit, 'targets/x86_64-linux'), '/usr']
    .filter((folder) => folder)
    .some((folder) => existsSync(join(folder, 'include', 'cublasLt.h')));
}

/** Runs CMake to its end: silent when it succeeds, with all it said when it fails. */
function cmake(...args) {
  const { status, stdout, stderr } = spawnSync('cmake', args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}The CUDA engine could not be built: cmake ${args.join(' ')}\n`);
  process.exit(1);
}

/** What the addon is made from: when it is unchanged, so is the addon. @param {string} nvcc */
function fingerprint(nvcc) {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'kernels'), { recursive: true })
    .map(String)
    .filter((name) => /^(CMakeLists\.txt|include\/.*cuda.*|cuda\/[^/]*|node\/cuda.*)$/.test(name))
    .filter((name) => /\.(txt|h|cuh|cu|cpp)$/.test(name))
    .sort();
  for (const name of sources) hash.update(name).update(readFileSync(join(root, 'kernels', name)));
  hash.update(readFileSync(join(root, 'node_modules/node-addon-api/package.json')));
  hash.update(spawnSync(nvcc, ['--version'], { encoding: 'utf8' }).stdout);
  hash.update(spawnSync('nvidia-smi', ['-L'], { encoding: 'utf8' }).stdout ?? '');
  return hash.digest('hex');
}

/** @param {string} nvcc */
function configure(nvcc) {
  const includes = ['node-addon-api', 'node-api-headers/include'].map((name) =>
    join(root, 'node_modules', name),
  );
  const strict = process.env.CI || options.scan ? ['-DVIDERE_WARNINGS_ARE_ERRORS=ON'] : [];
  // To see that it compiles, one generation of GPUs is enough, and the assembler would take most of the time.
  const architecture = options.scan ? ['-DCMAKE_CUDA_ARCHITECTURES=90-virtual'] : [];
  cmake(
    ...['-S', join(root, 'kernels'), '-B', options.into, `-DCMAKE_CUDA_COMPILER=${nvcc}`],
    ...[`-DVIDERE_NODE_INCLUDES=${includes.join(';')}`, ...strict, ...architecture],
  );
}

/** @param {string[]} targets */
function build(...targets) {
  const jobs = String(Math.min(availableParallelism(), MAX_JOBS));
  cmake('--build', options.into, '--parallel', jobs, '--target', ...targets);
}

/** @param {string} nvcc */
function buildAddon(nvcc) {
  const wanted = fingerprint(nvcc);
  const isBuilt =
    existsSync(addonPath) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wanted;
  if (isBuilt && !options.programs) {
    process.stdout.write(`The CUDA engine is up to date: ${relative(root, addonPath)}\n`);
    return;
  }
  configure(nvcc);
  build('videre_cuda_addon', ...(options.programs ? ['check', 'bench'] : []));
  mkdirSync(outputDirectory, { recursive: true });
  // Renamed into place: another process may have the old one open.
  copyFileSync(join(options.into, 'videre_cuda.node'), `${addonPath}.new`);
  renameSync(`${addonPath}.new`, addonPath);
  writeFileSync(stampPath, wanted);
  process.stdout.write(`Built the CUDA engine: ${relative(root, addonPath)}\n`);
}

const nvcc = findNvcc();
if (nvcc === undefined) {
  cannot('There is no nvcc: install the CUDA toolkit, or name its compiler in CUDACXX.');
}
if (spawnSync('cmake', ['--version'], { stdio: 'ignore' }).status !== 0) {
  cannot('There is no cmake: sudo apt-get install -y cmake');
}
if (options.scan) {
  configure(nvcc);
  build('videre_cuda_scan');
  process.stdout.write('Compiled the CUDA scan.\n');
} else {
  if (!hasCublas(nvcc)) {
    cannot(
      'cuBLAS (cublasLt.h and libcublasLt) is not here: install it with the CUDA toolkit, or name its folder in VIDERE_CUBLAS.',
    );
  }
  buildAddon(nvcc);
}
