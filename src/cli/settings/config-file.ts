import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { didYouMean } from '../nearest-name.js';
import { SETTINGS } from './table.js';

export const CONFIG_FILE = 'videre.config.json';

export interface ConfigFile {
  /** Absolute. */
  path: string;
  values: Readonly<Record<string, unknown>>;
}

/**
 * The file named, else `videre.config.json` of the folder one is in, else the one of the user's configuration.
 * @throws AppError `file-not-found` when the named one is missing, `invalid-input` for what is no object of settings.
 */
export function readConfigFile(
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
  folder: string,
): ConfigFile | undefined {
  if (named !== undefined) return parseFile(resolve(folder, named));
  const home = environment.XDG_CONFIG_HOME || join(homedir(), '.config');
  const found = [join(folder, CONFIG_FILE), join(home, 'videre', CONFIG_FILE)].find(existsSync);
  return found === undefined ? undefined : parseFile(found);
}

function parseFile(path: string): ConfigFile {
  const values = parseObject(path, readText(path));
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(SETTINGS, name));
  if (unknown === undefined) return { path, values };
  throw new AppError('invalid-input', `${path}: there is no setting ${JSON.stringify(unknown)}.`, {
    hint: didYouMean(
      unknown,
      Object.keys(SETTINGS),
      `Settings are ${Object.keys(SETTINGS).join(', ')} (docs/configuration.md).`,
    ),
    details: { actual: unknown, accepted: Object.keys(SETTINGS) },
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('file-not-found', `Cannot read the configuration ${path}.`, {
      cause,
      hint: 'Name another with --config or VIDERE_CONFIG.',
    });
  }
}

function parseObject(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    throw new AppError('invalid-input', `${path} is no JSON: ${(cause as Error).message}.`, { cause });
  }
  throw new AppError('invalid-input', `${path} holds no JSON object.`, {
    hint: 'Write settings as { "port": 7330 }.',
  });
}
