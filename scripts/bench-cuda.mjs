// The CUDA engine, checked and measured whole on a machine with an NVIDIA GPU:
//
//   npm run bench:cuda -- [--reference CHECKOUT] [--golden FOLDER] [--out FOLDER] [--only STEP,...]
//
// Builds everything, checks every kernel against the CPU reference, runs the conformance cases on the GPU, measures how
// near bf16 is to f32, times scan and encoder, the same beside a checkout of github.com/OpenGVLab/VideoMamba and plain
// attention where --reference names one (python3 with PyTorch, Triton and einops), and ingests the playground's test
// videos. Writes cuda-DEVICE.json and cuda-DEVICE.log into --out (bench/results). A step that fails is reported, the
// others still run, and the exit code is 1.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const buildDirectory = join(root, 'build', 'cuda');
const { values: options } = parseArgs({
  options: {
    reference: { type: 'string' },
    golden: { type: 'string', default: join(root, '..', 'shared', 'golden') },
    out: { type: 'string', default: join(root, 'bench', 'results') },
    only: { type: 'string' },
  },
});

/** @returns {string} the first line a program prints, or '' */
function firstLine(program, ...args) {
  return (spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '').trim().split('\n')[0];
}

const gpu = firstLine('nvidia-smi', '--query-gpu=name,driver_version', '--format=csv,noheader');
if (gpu === '') {
  process.stderr.write('There is no NVIDIA GPU here (nvidia-smi names none).\n');
  process.exit(1);
}
const name = gpu
  .split(',')[0]
  .replace(/^NVIDIA /, '')
  .toLowerCase()
  .replaceAll(/[^a-z0-9]+/g, '-');
mkdirSync(options.out, { recursive: true });
const logPath = join(options.out, `cuda-${name}.log`);
const jsonPath = join(options.out, `cuda-${name}.json`);
writeFileSync(logPath, '');

/** @param {string} text */
function log(text) {
  process.stdout.write(text);
  appendFileSync(logPath, text);
}

const environment = { ...process.env };
// A toolkit without cuBLAS, beside the wheels that PyTorch brings.
if (!environment.VIDERE_CUBLAS) {
  const wheels = firstLine(
    'python3',
    '-c',
    'import nvidia, os; print(os.path.join(list(nvidia.__path__)[0], "cu13"))',
  );
  if (existsSync(join(wheels, 'include', 'cublasLt.h'))) environment.VIDERE_CUBLAS = wheels;
}

/** Runs a program, its output into the log as it comes. @returns {Promise<string>} what it printed */
async function run(program, ...args) {
  const child = spawn(program, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    log(String(chunk));
  });
  child.stderr.on('data', (chunk) => log(String(chunk)));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with exit code ${code}.`);
  return printed;
}

/** Runs one of our TypeScript programs with --json. @returns {Promise<Record<string, number>>} its figures */
async function figures(...args) {
  const printed = await run(process.execPath, '--import', 'tsx', ...args, '--json');
  return JSON.parse(printed.trim().split('\n').at(-1)).results;
}

/** Programs that the build made of the files in kernels/cuda/check and kernels/cuda/bench. @param {string} prefix */
function programs(prefix) {
  return readdirSync(buildDirectory)
    .filter((file) => file.startsWith(prefix) && !file.includes('.'))
    .map((file) => join(buildDirectory, file));
}

const results = {};
const bench = join('bench', 'main.ts');

/** @type {Record<string, () => Promise<void>>} in this order */
const steps = {
  async build() {
    await run(process.execPath, 'scripts/build-native.mjs');
    await run(process.execPath, 'scripts/build-cuda.mjs', '--programs');
  },
  async check() {
    for (const program of programs('check-')) await run(program);
  },
  async conformance() {
    if (!existsSync(options.golden)) return log(`no cases in ${options.golden}\n`);
    const conformance = join('src', 'cli', 'conformance-main.ts');
    const compared = await figures(conformance, options.golden, '--engine', 'cuda');
    results['cuda.conformance.compared'] = compared['conformance.compared'];
    results['cuda.conformance.failed'] = compared['conformance.failed'];
  },
  async agreement() {
    Object.assign(results, await figures(bench, 'cuda-agreement'));
  },
  async kernels() {
    for (const program of programs('bench-')) readMeasurements(await run(program));
  },
  async node() {
    // The ends of the range; in between is what the programs above measured.
    const ends = ['--models', 'ti,m', '--frames', '8,64', '--seconds', '2'];
    Object.assign(results, await figures(bench, 'cuda-node', ...ends));
  },
  async reference() {
    if (options.reference === undefined) return log('no --reference given\n');
    const out = join(tmpdir(), `videre-reference-${process.pid}.json`);
    const script = join('bench', 'cuda', 'reference', 'reference.py');
    const build = join(buildDirectory, 'reference');
    await run('python3', script, '--source', options.reference, '--build', build, '--out', out).finally(
      () => {
        if (existsSync(out)) Object.assign(results, JSON.parse(readFileSync(out, 'utf8')));
      },
    );
  },
  async ingest() {
    Object.assign(results, await figures(bench, 'cuda-ingest', '--engines', 'cuda'));
  },
};

/** The lines of JSON that the programs of kernels/cuda/bench print among others. @param {string} printed */
function readMeasurements(printed) {
  for (const line of printed.split('\n').filter((text) => text.startsWith('{"bench"'))) {
    const { bench: kind, ...measured } = JSON.parse(line);
    if (
      kind === 'scan' &&
      measured.type === 'bf16' &&
      measured.length === 1569 &&
      measured.channels === 1152
    ) {
      results[`cuda.scan.b${measured.batch}.ms`] = measured.milliseconds;
      results[`cuda.scan.b${measured.batch}.state_updates_per_s`] = measured.stateUpdatesPerSecond;
    }
    if (kind === 'encoder' && measured.type === 'bfloat16') {
      const key = `cuda.${measured.model}.f${measured.frames}.clips_per_s`;
      // Several batches: what the engine can do is the best of them.
      results[key] = Math.max(results[key] ?? 0, measured.clipsPerSecond);
    }
  }
}

/** What two figures of one run say together. */
function addRatios() {
  const ratio = (name, above, below) => {
    if (above !== undefined && below !== undefined) results[name] = above / below;
  };
  for (const batch of [64, 1]) {
    // The reference runs a direction at a time, ours both at once.
    const both = 2 * results[`reference.scan.b${batch}.direction_ms`];
    if (both > 0) ratio(`cuda.scan.b${batch}.over_reference`, both, results[`cuda.scan.b${batch}.ms`]);
  }
  for (const [key, clipsPerSecond] of Object.entries(results)) {
    const [, model, frames] = /^cuda\.(ti|s|m)\.(f\d+)\.clips_per_s$/.exec(key) ?? [];
    if (model === undefined) continue;
    const theirs = results[`reference.${model}.${frames}.clip_ms`];
    if (theirs !== undefined)
      results[`cuda.${model}.${frames}.over_reference`] = (clipsPerSecond * theirs) / 1000;
  }
  const perFrame = (frames) => 1 / (frames * results[`cuda.m.f${frames}.clips_per_s`]);
  const growth = perFrame(256) / perFrame(8);
  if (Number.isFinite(growth)) results['cuda.m.f256_over_f8_per_frame'] = growth;
}

const chosen = options.only?.split(',') ?? Object.keys(steps);
const unknown = chosen.find((step) => steps[step] === undefined);
if (unknown !== undefined) {
  process.stderr.write(`--only knows no "${unknown}"; the steps are ${Object.keys(steps).join(', ')}.\n`);
  process.exit(1);
}
const compiler = firstLine(
  'bash',
  '-c',
  '$(command -v nvcc || echo /usr/local/cuda/bin/nvcc) --version | grep release',
);
const machine = { gpu, compiler, node: process.version, cpu: cpus()[0]?.model.trim(), cores: cpus().length };
log(`${JSON.stringify(machine)}\n`);
const failed = [];
for (const step of Object.keys(steps).filter((each) => chosen.includes(each))) {
  const start = performance.now();
  log(`\n== ${step}\n`);
  try {
    await steps[step]();
  } catch (error) {
    failed.push(step);
    log(`FAILED: ${error instanceof Error ? error.message : error}\n`);
  }
  log(`-- ${step}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  addRatios();
  // Written after each step: what is measured stays, whatever happens to the next.
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(jsonPath, `${JSON.stringify({ machine, date, failed, results }, null, 2)}\n`);
}
log(
  `\n${Object.entries(results)
    .map(([key, value]) => `${key} ${Number(value.toPrecision(6))}`)
    .join('\n')}\n`,
);
log(failed.length === 0 ? 'Every step succeeded.\n' : `Failed: ${failed.join(', ')}.\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
