import { defineCommand } from 'citty';
import Table from 'cli-table3';
import type { Setting } from './settings/setting.js';
import { SETTINGS, type SettingName } from './settings/table.js';
import { type ResolvedSettings, resolveSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

export const configCommand = defineCommand({
  meta: { name: 'config', description: 'Show the settings in force, and where each comes from' },
  plugins: [strictFlags],
  args: {
    ...flagArguments(),
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print them as JSON' },
  },
  run({ args }) {
    const resolved = resolveSettings(args);
    const terminal = processTerminal();
    if (args.json) terminal.line(JSON.stringify(configFacts(resolved)));
    else {
      terminal.line(settingTable(resolved));
      terminal.line(resolved.file === undefined ? 'No file is read.' : `File: ${printable(resolved.file)}`);
    }
  },
});

/** Every flag that sets something, so that what a command would do with it can be seen beforehand. */
function flagArguments() {
  const flags = namedSettings().flatMap(([, { flag, description, accepts }]) => {
    if (flag === undefined) return [];
    const type = accepts === 'true or false' ? ('boolean' as const) : ('string' as const);
    return [[flag, { type, description }] as const];
  });
  return Object.fromEntries(flags);
}

function configFacts({ values, sources, file }: ResolvedSettings): Record<string, unknown> {
  const settings = Object.fromEntries(
    namedSettings().map(([name, { variable, flag, isSecret }]) => {
      const value = isSecret && values[name] !== undefined ? HIDDEN : (values[name] ?? null);
      return [name, { value, source: sources[name], variable, flag }];
    }),
  );
  return { file, settings };
}

function settingTable({ values, sources }: ResolvedSettings): string {
  const table = new Table({
    head: ['setting', 'value', 'from'],
    style: { head: [], border: [], compact: true },
  });
  for (const [name, { variable, flag, isSecret }] of namedSettings()) {
    const shown = isSecret && values[name] !== undefined ? HIDDEN : valueText(values[name]);
    const named = { flag: `--${flag}`, environment: variable, file: 'file', default: 'default' };
    table.push([name, printable(shown), named[sources[name]]]);
  }
  return table.toString();
}

const HIDDEN = '(hidden)';

function namedSettings() {
  return Object.entries(SETTINGS) as [SettingName, Setting<unknown>][];
}

function valueText(value: unknown): string {
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join(', ') : String(value);
}
