import { defineCommand } from 'citty';
import { VERSION } from '../version.js';

/** `videre`: each command is loaded when it is asked for, so that a search does not wait for the web server's code. */
export const videreCommand = defineCommand({
  meta: {
    name: 'videre',
    version: VERSION,
    description: 'Search videos by text, down to the moment.',
  },
  subCommands: {
    ingest: async () => (await import('./ingest-command.js')).ingestCommand,
    search: async () => (await import('./search-command.js')).searchCommand,
    serve: async () => (await import('./serve-command.js')).serveCommand,
    eval: async () => (await import('./eval-command.js')).evalCommand,
    keys: async () => (await import('./keys-command.js')).keysCommand,
    models: async () => (await import('./models-command.js')).modelsCommand,
  },
});

/** Shown below the commands. */
export const EXAMPLES = `EXAMPLES

  videre ingest ~/Videos               Take in all videos of a folder
  videre search "a dog catches a ball" Find the moments that show it
  videre serve                         The same over HTTP, on http://127.0.0.1:7330
`;
