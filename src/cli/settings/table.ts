import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { KEPT_JOBS, MAX_QUEUED_JOBS } from '../../domain/job.js';
import { LANGUAGE_MODEL_SETTINGS } from './language-model-settings.js';
import { ROLE_SETTINGS } from './role-settings.js';
import {
  list,
  onOrOff,
  optionalPath,
  optionalSeconds,
  optionalText,
  path,
  type Setting,
  text,
  wholeNumber,
} from './setting.js';

/** The bundle that ships; as far from `src/` as from `dist/`. */
export const SHIPPED_BUNDLE = fileURLToPath(new URL('../../../models/playground', import.meta.url));

const MAX_PORT = 65_535;

/**
 * All there is to set, under the names the file uses. `docs/configuration.md` shows this table; `npm run docs` writes it
 * there.
 */
export const SETTINGS = {
  dataFolder: path(
    {
      variable: 'VIDERE_DATA',
      flag: 'data',
      description: 'Folder of the library',
      defaultText: '`videre` under your data home',
    },
    defaultDataFolder,
  ),
  bundleFolder: path(
    {
      variable: 'VIDERE_BUNDLE',
      flag: 'bundle',
      description: 'Folder of the model bundle, or the name of a model that was pulled',
      defaultText: "the library's own, else the one that ships",
    },
    () => SHIPPED_BUNDLE,
  ),
  databaseUrl: {
    ...optionalText(
      {
        variable: 'DATABASE_URL',
        description: 'Postgres with pgvector that the library is in, as postgres://USER:PASSWORD@HOST/NAME',
        defaultText: 'SQLite in the data folder',
        isSecret: true,
      },
      'an address postgres://USER:PASSWORD@HOST/NAME',
    ),
    schema: () => z.string().regex(/^postgres(ql)?:\/\//),
  },
  modelsFolder: path(
    {
      variable: 'VIDERE_MODELS',
      flag: 'models',
      description: 'Folder of the models that were pulled',
      defaultText: '`videre/models` under your data home',
    },
    (environment) => join(defaultDataFolder(environment), 'models'),
  ),
  hubEndpoint: text(
    { variable: 'HF_ENDPOINT', description: 'Address of the hub that models are pulled from' },
    'https://huggingface.co',
  ),
  hubToken: optionalText(
    { variable: 'HF_TOKEN', description: 'Access token for the hub', defaultText: 'none', isSecret: true },
    'an access token',
  ),
  backupFolder: optionalPath({
    variable: 'VIDERE_BACKUPS',
    description: 'Folder that backups are written to, best on another disk',
    defaultText: 'none',
  }),
  windowSeconds: optionalSeconds({
    variable: 'VIDERE_WINDOW_SECONDS',
    flag: 'window',
    description: 'Length of the windows that shots are cut into at ingest',
    defaultText: "the bundle's choice",
  }),
  strideSeconds: optionalSeconds({
    variable: 'VIDERE_STRIDE_SECONDS',
    flag: 'stride',
    description: 'How far apart windows start, at most one window',
    defaultText: "the bundle's share of the window",
  }),
  shots: onOrOff(
    {
      variable: 'VIDERE_SHOTS',
      flag: 'shots',
      description: 'Look for cuts at ingest, which windows do not cross',
    },
    true,
  ),
  host: text(
    {
      variable: 'VIDERE_HOST',
      flag: 'host',
      description: 'Address the server listens on; beyond this machine, it needs an API key to start',
    },
    '127.0.0.1',
  ),
  port: wholeNumber(
    {
      variable: 'VIDERE_PORT',
      flag: 'port',
      description: 'Port the server listens on; 0 takes any that is free',
    },
    [0, MAX_PORT],
    7330,
  ),
  requireKey: onOrOff(
    {
      variable: 'VIDERE_REQUIRE_KEY',
      flag: 'require-key',
      description: 'Ask for an API key on this machine too, as behind a proxy; beyond it, always',
    },
    false,
  ),
  allowedHosts: list(
    {
      variable: 'VIDERE_ALLOWED_HOSTS',
      description: 'Host names besides localhost by which the server may be asked on this machine',
    },
    'host names',
    z.string().regex(/^[^/:\s]+$/),
  ),
  corsOrigins: list(
    {
      variable: 'VIDERE_CORS_ORIGINS',
      description: 'Origins of other web pages that may call the API',
    },
    'origins, as https://example.org',
    z.string().refine((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
  ),
  requestsPerMinute: wholeNumber(
    {
      variable: 'VIDERE_REQUESTS_PER_MINUTE',
      description: 'Most requests a minute for each key, and for each address without one',
      defaultText: '1200 where keys are needed, else no limit',
    },
    [1, 10_000_000],
    undefined,
  ),
  maxConcurrentRequests: wholeNumber(
    {
      variable: 'VIDERE_MAX_CONCURRENT_REQUESTS',
      description: 'Most requests worked on at once; more are told to come back',
    },
    [1, 100_000],
    256,
  ),
  shutdownSeconds: wholeNumber(
    {
      variable: 'VIDERE_SHUTDOWN_SECONDS',
      description: 'How long the server waits for answers under way when it is told to stop',
    },
    [0, 3600],
    10,
  ),
  keptJobs: wholeNumber(
    {
      variable: 'VIDERE_KEPT_JOBS',
      description: 'Jobs that are over are kept until so many came after them; no fewer than may wait',
    },
    [MAX_QUEUED_JOBS, 100_000_000],
    KEPT_JOBS,
  ),
  ...ROLE_SETTINGS,
  ...LANGUAGE_MODEL_SETTINGS,
  mediaRoots: list(
    {
      variable: 'VIDERE_MEDIA_ROOTS',
      description: 'Folders of the server whose files clients may name with `{"path": ...}`',
    },
    'absolute folders',
    z.string().startsWith('/'),
  ),
  maxUploadBytes: wholeNumber(
    { variable: 'VIDERE_MAX_UPLOAD_BYTES', description: 'Largest upload' },
    [1, Number.MAX_SAFE_INTEGER],
    8 * 2 ** 30,
  ),
  allowUrls: onOrOff(
    {
      variable: 'VIDERE_ALLOW_URLS',
      description: 'Let clients name public addresses that the server downloads videos from',
    },
    false,
  ),
  engine: optionalText(
    {
      variable: 'VIDERE_ENGINE',
      description: 'What encodes videos: auto, cpu or cuda',
      defaultText: 'auto: the GPU where the CUDA engine is built and there is one',
      isPassedOn: true,
    },
    'the name of an engine',
  ),
  cudaPrecision: optionalText(
    {
      variable: 'VIDERE_CUDA_PRECISION',
      description: 'Precision on the GPU: bf16 or f16',
      defaultText: 'bf16',
      isPassedOn: true,
    },
    'the name of a precision',
  ),
  cudaBatch: wholeNumber(
    {
      variable: 'VIDERE_CUDA_BATCH',
      description: 'Clips computed at once on the GPU',
      defaultText: '32, or as many as fit',
      isPassedOn: true,
    },
    [1, 256],
    undefined,
  ),
  allowLocalWebhooks: onOrOff(
    {
      variable: 'VIDERE_ALLOW_LOCAL_WEBHOOKS',
      description: 'Let webhooks be on this machine; otherwise they are public addresses only',
    },
    false,
  ),
  scanKernel: optionalText(
    {
      variable: 'VIDERE_SCAN',
      description: 'Scan kernel on the processor: avx512, avx2, scalar or typescript',
      defaultText: 'the fastest there is',
      isPassedOn: true,
    },
    'the name of a scan kernel',
  ),
  precision: optionalText(
    {
      variable: 'VIDERE_PRECISION',
      description: 'Precision of the encoders on the processor',
      defaultText: "the bundle's choice",
      isPassedOn: true,
    },
    'the name of a precision',
  ),
  threads: wholeNumber(
    {
      variable: 'VIDERE_THREADS',
      description: 'Threads of an encoder',
      defaultText: 'one a core',
      isPassedOn: true,
    },
    [1, 256],
    undefined,
  ),
  ffmpeg: optionalText(
    {
      variable: 'VIDERE_FFMPEG',
      description: 'Program to decode with',
      defaultText: '`ffmpeg`',
      isPassedOn: true,
    },
    'a program',
  ),
  ffprobe: optionalText(
    {
      variable: 'VIDERE_FFPROBE',
      description: 'Program to probe with',
      defaultText: '`ffprobe`',
      isPassedOn: true,
    },
    'a program',
  ),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;

export type Settings = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never;
};

function defaultDataFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.XDG_DATA_HOME) return join(environment.XDG_DATA_HOME, 'videre');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'videre');
  return join(homedir(), '.local', 'share', 'videre');
}
