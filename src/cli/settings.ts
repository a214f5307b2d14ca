import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { activeBundleFolder } from '../composition/active-bundle.js';
import { AppError } from '../domain/errors.js';
import { type ConfigFile, readConfigFile } from './settings/config-file.js';
import type { Setting } from './settings/setting.js';
import { SETTINGS, type SettingName, type Settings } from './settings/table.js';

/** Where a value comes from. */
export type SettingSource = 'flag' | 'environment' | 'file' | 'default';

export interface ResolvedSettings {
  values: Settings;
  sources: Record<SettingName, SettingSource>;
  /** The file that was read, if there is one. */
  file: string | undefined;
}

/** What citty gives a command: under the name of each flag its text or switch. */
export type Flags = object;

const dataFlag = SETTINGS.dataFolder;
const bundleFlag = SETTINGS.bundleFolder;

/** The arguments every command has that works on a library. */
export const settingsArguments = {
  data: {
    type: 'string',
    valueHint: 'DIR',
    description: `${dataFlag.description} (or ${dataFlag.variable}; by default under your data home)`,
  },
  bundle: {
    type: 'string',
    valueHint: 'DIR',
    description: `${bundleFlag.description} (or ${bundleFlag.variable}; by default the library's own, else the one that ships)`,
  },
  config: {
    type: 'string',
    valueHint: 'FILE',
    description: 'Settings in JSON (or VIDERE_CONFIG; by default ./videre.config.json)',
  },
} as const;

/**
 * A flag wins over the environment, the environment over the file, the file over the default. What adapters read from the
 * environment is put there.
 * @throws AppError `invalid-input` naming the flag, variable or line of the file; `file-not-found`.
 */
export function readSettings(flags: Flags, environment: NodeJS.ProcessEnv = process.env): Settings {
  const resolved = resolveSettings(flags, environment);
  const values = { ...resolved.values, bundleFolder: namedBundle(resolved) };
  for (const [name, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const value = values[name as SettingName];
    if (setting.isPassedOn && value !== undefined) environment[setting.variable] = String(value);
  }
  return values;
}

/**
 * As `readSettings`, for who loads a model: where no bundle is named, it is the one that the library was switched to.
 * @throws AppError as `readSettings`, and `database-unavailable`.
 */
export async function readModelSettings(
  flags: Flags,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Settings> {
  const settings = readSettings(flags, environment);
  if (resolveSettings(flags, environment).sources.bundleFolder !== 'default') return settings;
  return { ...settings, bundleFolder: (await activeBundleFolder(settings)) ?? settings.bundleFolder };
}

/** A path wins, then the name of a model that was pulled. */
function namedBundle({ values, sources }: ResolvedSettings): string {
  const { bundleFolder, modelsFolder } = values;
  if (sources.bundleFolder === 'default') return bundleFolder;
  const pulled = join(modelsFolder, basename(bundleFolder));
  const isName = dirname(bundleFolder) === process.cwd() && !existsSync(bundleFolder) && existsSync(pulled);
  return isName ? pulled : bundleFolder;
}

/** As `readSettings`, with where each value comes from, and without touching the environment. */
export function resolveSettings(
  flags: Flags,
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
): ResolvedSettings {
  const file = readConfigFile(
    flagText(flags, 'config') ?? textOf(environment.VIDERE_CONFIG),
    environment,
    folder,
  );
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const [name, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const { raw, source, as, base } = found(name, setting, { flags, environment, file, folder });
    sources[name] = source;
    values[name] = source === 'default' ? setting.defaultValue(environment) : read(setting, raw, as, base);
  }
  return { values: values as Settings, sources: sources as ResolvedSettings['sources'], file: file?.path };
}

interface Places {
  flags: Flags;
  environment: NodeJS.ProcessEnv;
  file: ConfigFile | undefined;
  folder: string;
}

/** The value as it was given, how to name it, and what its paths are relative to. */
function found(
  name: string,
  { flag, variable }: Setting<unknown>,
  { flags, environment, file, folder }: Places,
) {
  const given = flag === undefined ? undefined : flagText(flags, flag);
  if (given !== undefined) return { raw: given, source: 'flag', as: `--${flag}`, base: folder } as const;
  const set = textOf(environment[variable]);
  if (set !== undefined) return { raw: set, source: 'environment', as: variable, base: folder } as const;
  if (file !== undefined && name in file.values) {
    const { path, values } = file;
    return { raw: values[name], source: 'file', as: `${path}: ${name}`, base: dirname(path) } as const;
  }
  return { raw: undefined, source: 'default', as: '', base: folder } as const;
}

function read(setting: Setting<unknown>, raw: unknown, as: string, base: string): unknown {
  const result = setting.schema(base).safeParse(raw);
  if (result.success) return result.data;
  const actual = setting.isSecret ? 'what it was given' : JSON.stringify(raw);
  throw new AppError('invalid-input', `${as} takes ${setting.accepts}, not ${actual}.`, {
    hint: 'See docs/configuration.md, and videre config for what is in force.',
    details: { setting: as, accepted: setting.accepts },
  });
}

function flagText(flags: Flags, name: string): string | undefined {
  return textOf(Reflect.get(flags, name));
}

/** An empty flag or variable counts as none. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
