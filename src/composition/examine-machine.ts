import { createServer } from 'node:net';
import { loadCudaAddon } from '../adapters/encoder-cuda/cuda-addon.js';
import { programVersion } from '../adapters/media-ffmpeg/program-version.js';
import { programsFromEnvironment } from '../adapters/media-ffmpeg/programs.js';
import { loadScanKernel } from '../adapters/scan/load-scan-kernel.js';
import { loadNativeAddon } from '../adapters/scan/native-addon.js';
import { examine, type Finding, type Observation } from '../app/operations/finding.js';
import { loadBundle } from '../model/read-bundle.js';
import { engineWish } from './open-video-encoder.js';

export interface MachineSettings {
  bundleFolder: string;
  host: string;
  port: number;
}

/** What Videre needs of this machine, whatever the library. */
export async function* examineMachine(settings: MachineSettings): AsyncGenerator<Finding> {
  const { ffmpeg, ffprobe } = programsFromEnvironment();
  yield examine('node', () => ({ detail: `${process.version} on ${process.platform}-${process.arch}` }));
  yield examine('ffmpeg', async () => ({ detail: `${await programVersion(ffmpeg)} (${ffmpeg})` }));
  yield examine('ffprobe', async () => ({ detail: `${await programVersion(ffprobe)} (${ffprobe})` }));
  yield examine('kernel', observeKernel);
  yield examine('engine', observeEngine);
  yield examine('model', () => observeModel(settings.bundleFolder));
  yield examine('port', () => observePort(settings));
}

function observeKernel(): Observation {
  const native = loadNativeAddon();
  const { name } = loadScanKernel({ native });
  if ('missing' in native) {
    return { detail: 'typescript: correct, and some hundred times slower', advice: native.missing };
  }
  return { detail: `${name} (this machine can run ${native.addon.selectiveScanLevels.join(', ')})` };
}

function observeEngine(): Observation {
  const wish = engineWish();
  const native = loadCudaAddon();
  if (wish === 'cpu') return { detail: 'cpu, as VIDERE_ENGINE says' };
  if ('missing' in native) {
    return { detail: 'cpu', advice: wish === 'cuda' ? `VIDERE_ENGINE=cuda: ${native.missing}` : undefined };
  }
  return { detail: `${wish}; the CUDA engine is built` };
}

async function observeModel(bundleFolder: string): Promise<Observation> {
  const { fingerprint, description } = await loadBundle(bundleFolder);
  return { detail: `${description.name}, fingerprint ${fingerprint.slice(0, 12)}; every weight is finite` };
}

/** @throws what `listen` gives for an address that is not of this machine. */
async function observePort({ host, port }: MachineSettings): Promise<Observation> {
  const trial = createServer();
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    trial.once('error', resolve);
    trial.listen(port, host, () => trial.close(() => resolve(undefined)));
  });
  if (problem === undefined) return { detail: `${host}:${port} is free` };
  if (problem.code !== 'EADDRINUSE') throw problem;
  return {
    detail: `${host}:${port} is taken`,
    advice: 'Fine if videre serve is running already; else name another with --port.',
  };
}
