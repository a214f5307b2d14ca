import { defineCommand } from 'citty';
import { VERSION } from '../version.js';
import { ingestCommand } from './ingest-command.js';
import { modelsCommand } from './models-command.js';
import { searchCommand } from './search-command.js';
import { serveCommand } from './serve-command.js';

export const videreCommand = defineCommand({
  meta: {
    name: 'videre',
    version: VERSION,
    description: 'Search videos by text, down to the moment.',
  },
  subCommands: { ingest: ingestCommand, search: searchCommand, serve: serveCommand, models: modelsCommand },
});
