import { expect, it } from 'vitest';
import type { Setting } from '../../src/cli/settings/setting.js';
import { SETTINGS } from '../../src/cli/settings/table.js';
import { expectCommitted } from '../support/committed-text.js';

const HEAD = `# Configuration

Nothing has to be configured. What is, comes from, the first that says something:

1. a flag of the command, as \`--port 8080\`;
2. the environment, as \`VIDERE_PORT=8080\`;
3. a file in JSON: the one named by \`--config FILE\` or \`VIDERE_CONFIG\`, else \`videre.config.json\` in the folder you are in,
   else \`videre/videre.config.json\` under \`$XDG_CONFIG_HOME\` (\`~/.config\`);
4. the default.

\`\`\`json
{
  "dataFolder": "/srv/videre",
  "port": 8080,
  "corsOrigins": ["https://films.example.org"]
}
\`\`\`

A setting that does not exist, or a value that is not taken, is refused with what would be. Paths in the file are relative to
the file; elsewhere, to the folder you are in. In a flag or variable, commas part the items of a list. \`videre config\` shows
what is in force and where each value comes from.

This page is made from the table in \`src/cli/settings/table.ts\` by \`npm run docs\`.

| in the file | variable | flag | takes | default | |
|---|---|---|---|---|---|
`;

it('docs/configuration.md lists every setting', async () => {
  const rows = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => {
    const { variable, flag, accepts, description } = setting;
    const flagText = flag === undefined ? '' : `\`--${flag}\``;
    return `| \`${name}\` | \`${variable}\` | ${flagText} | ${accepts} | ${defaultOf(setting)} | ${description} |\n`;
  });
  await expectCommitted('docs/configuration.md', HEAD + rows.join(''));
});

function defaultOf({ defaultText, defaultValue }: Setting<unknown>): string {
  if (defaultText !== undefined) return defaultText;
  const value = defaultValue({});
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  return `\`${String(value)}\``;
}

it('no two settings share a variable or a flag', () => {
  const settings = Object.values<Setting<unknown>>(SETTINGS);
  const variables = settings.map(({ variable }) => variable);
  const flags = settings.flatMap(({ flag }) => flag ?? []);
  expect(new Set(variables).size).toBe(variables.length);
  expect(new Set(flags).size).toBe(flags.length);
});
