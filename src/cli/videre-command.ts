import { defineCommand } from 'citty';
import { VERSION } from '../version.js';
import { strictCommands } from './strict-commands.js';

/** `videre`: each command is loaded when it is asked for, so that a search does not wait for the web server's code. */
export const videreCommand = defineCommand({
  meta: {
    name: 'videre',
    version: VERSION,
    description: 'Search videos by text, down to the moment.',
  },
  plugins: [strictCommands],
  subCommands: {
    ingest: async () => (await import('./ingest-command.js')).ingestCommand,
    search: async () => (await import('./search-command.js')).searchCommand,
    ask: async () => (await import('./ask-command.js')).askCommand,
    videos: async () => (await import('./videos-command.js')).videosCommand,
    serve: async () => (await import('./serve-command.js')).serveCommand,
    eval: async () => (await import('./eval-command.js')).evalCommand,
    keys: async () => (await import('./keys-command.js')).keysCommand,
    config: async () => (await import('./config-command.js')).configCommand,
    doctor: async () => (await import('./doctor-command.js')).doctorCommand,
    completion: async () => (await import('./completion/completion-command.js')).completionCommand,
    models: async () => (await import('./models-command.js')).modelsCommand,
    export: async () => (await import('./export-command.js')).exportCommand,
    import: async () => (await import('./import-command.js')).importCommand,
    migrate: async () => (await import('./migrate-command.js')).migrateCommand,
    edge: async () => (await import('./edge-command.js')).edgeCommand,
    backup: async () => (await import('./backup-command.js')).backupCommand,
    restore: async () => (await import('./restore-command.js')).restoreCommand,
  },
});

/** Shown below the commands. */
export const EXAMPLES = `EXAMPLES

  videre ingest ~/Videos               Take in all videos of a folder
  videre search "a dog catches a ball" Find the moments that show it
  videre ask "what does the dog do?"   Have it answered from them, with the moments as evidence
  videre serve                         The same over HTTP, on http://127.0.0.1:7330
`;
