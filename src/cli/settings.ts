import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The bundle that ships; as far from `src/` as from `dist/`. */
export const SHIPPED_BUNDLE = fileURLToPath(new URL('../../models/playground', import.meta.url));

export interface Settings {
  /** Absolute path of the folder that holds the library. */
  dataFolder: string;
  /** Absolute path of the model bundle. */
  bundleFolder: string;
}

/** The arguments every command has that works on a library. */
export const settingsArguments = {
  data: {
    type: 'string',
    valueHint: 'DIR',
    description: 'Folder of the library (or VIDERE_DATA; by default under your data home)',
  },
  bundle: {
    type: 'string',
    valueHint: 'DIR',
    description: 'Model bundle (or VIDERE_BUNDLE; by default the one that ships)',
  },
} as const;

/** A flag wins over the environment, the environment over the default. */
export function readSettings(
  flags: { data?: string | undefined; bundle?: string | undefined },
  environment: NodeJS.ProcessEnv = process.env,
): Settings {
  return {
    dataFolder: resolve(flags.data || environment.VIDERE_DATA || defaultDataFolder(environment)),
    bundleFolder: resolve(flags.bundle || environment.VIDERE_BUNDLE || SHIPPED_BUNDLE),
  };
}

function defaultDataFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.XDG_DATA_HOME) return join(environment.XDG_DATA_HOME, 'videre');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'videre');
  return join(homedir(), '.local', 'share', 'videre');
}
