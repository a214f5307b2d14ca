import { defineCommand } from 'citty';
import Table from 'cli-table3';
import { apiKeyFacts } from '../app/access/api-key-facts.js';
import { drawApiKey, formatApiKey } from '../app/access/api-key-text.js';
import { createApiKey, revokeApiKey } from '../app/access/manage-api-keys.js';
import { openApiKeys } from '../composition/open-api-keys.js';
import type { ApiKey } from '../domain/api-key.js';
import { AppError } from '../domain/errors.js';
import { SCOPES, type Scope } from '../domain/scope.js';
import type { ApiKeyStore } from '../ports/api-keys.js';
import { parseDuration } from './parse-duration.js';
import { type Flags, readSettings, settingsArguments } from './settings.js';
import { strictCommands } from './strict-commands.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

const { data, config } = settingsArguments;
const shared = { data, config, json: { type: 'boolean', description: 'Print the result as JSON' } } as const;

const createCommand = defineCommand({
  meta: { name: 'create', description: 'Make an API key; it is shown once' },
  plugins: [strictFlags],
  args: {
    name: { type: 'positional', description: 'What you call it' },
    scope: {
      type: 'string',
      valueHint: 'SCOPES',
      default: 'read',
      description: 'read (look, search, ask), write (change the library), admin (all); several as read,write',
    },
    expires: { type: 'string', valueHint: 'TIME', description: 'After so long: 12h, 90d, 1y; or at a date' },
    ...shared,
  },
  async run({ args }) {
    const terminal = processTerminal();
    const request = {
      name: args._.join(' '),
      scopes: parseScopes(args.scope),
      expiresAtMs: args.expires === undefined ? undefined : parseExpiry(args.expires),
    };
    const { key, text } = await withKeys(args, (keys) => createApiKey(keys, request));
    if (args.json) {
      terminal.line(JSON.stringify({ ...apiKeyFacts(key), key: text }));
      return;
    }
    const { id, scopes, expiresAt } = apiKeyFacts(key);
    const until = expiresAt === undefined ? '' : `, until ${dayOf(expiresAt)}`;
    terminal.line(text);
    terminal.note(`This is the only time it is shown. Key ${id}: ${scopes.join(', ')}${until}.`);
    terminal.note('Send it as: Authorization: Bearer KEY');
  },
});

const drawCommand = defineCommand({
  meta: {
    name: 'draw',
    description: 'Print a key for VIDERE_ENCODER_KEY or VIDERE_EDGE_PUSH_KEY; it is kept nowhere',
  },
  plugins: [strictFlags],
  run() {
    processTerminal().line(formatApiKey(drawApiKey()));
  },
});

const listCommand = defineCommand({
  meta: { name: 'list', description: 'List the API keys, without their secrets' },
  plugins: [strictFlags],
  args: shared,
  async run({ args }) {
    const terminal = processTerminal();
    const keys = await withKeys(args, (store) => store.listKeys());
    if (args.json) terminal.line(JSON.stringify({ keys: keys.map((key) => apiKeyFacts(key)) }));
    else if (keys.length > 0) terminal.line(keyTable(keys));
    else terminal.line('There are no keys. Make one with: videre keys create NAME --scope read');
  },
});

const revokeCommand = defineCommand({
  meta: { name: 'revoke', description: 'Close an API key for good' },
  plugins: [strictFlags],
  args: {
    id: { type: 'positional', required: true, description: 'Its id, as videre keys list shows it' },
    ...shared,
  },
  async run({ args }) {
    await withKeys(args, (keys) => revokeApiKey(keys, args.id));
    processTerminal().line(
      args.json ? JSON.stringify({ id: args.id, status: 'revoked' }) : `Revoked ${printable(args.id)}.`,
    );
  },
});

/** `videre keys ...` */
export const keysCommand = defineCommand({
  meta: { name: 'keys', description: 'Manage the API keys of a library' },
  plugins: [strictCommands],
  subCommands: { create: createCommand, draw: drawCommand, list: listCommand, revoke: revokeCommand },
});

async function withKeys<Result>(flags: Flags, work: (keys: ApiKeyStore) => Promise<Result>): Promise<Result> {
  const keys = await openApiKeys(readSettings(flags));
  return work(keys).finally(() => keys.close());
}

function parseScopes(text: string): Scope[] {
  return text.split(',').map((part) => {
    const scope = SCOPES.find((name) => name === part.trim());
    if (scope !== undefined) return scope;
    throw new AppError('invalid-input', `--scope takes ${SCOPES.join(', ')}, not ${JSON.stringify(part)}.`);
  });
}

function parseExpiry(text: string, nowMs: number = Date.now()): number {
  const durationMs = parseDuration(text);
  const atMs = durationMs === undefined ? Date.parse(text) : nowMs + durationMs;
  if (Number.isFinite(atMs)) return atMs;
  throw new AppError(
    'invalid-input',
    `--expires takes a time as 12h, 90d or 1y, or a date as 2030-12-31, not ${JSON.stringify(text)}.`,
  );
}

function keyTable(keys: readonly ApiKey[]): string {
  const table = new Table({
    head: ['id', 'name', 'scopes', 'status', 'last used', 'expires'],
    style: { head: [], border: [], compact: true },
  });
  for (const key of keys) {
    const { id, name, scopes, status, lastUsedAt, expiresAt } = apiKeyFacts(key);
    table.push([id, printable(name), scopes.join(', '), status, dayOf(lastUsedAt), dayOf(expiresAt)]);
  }
  return table.toString();
}

/** Of a time in ISO 8601. */
function dayOf(time: string | undefined): string {
  return time?.slice(0, 'yyyy-mm-dd'.length) ?? 'never';
}
