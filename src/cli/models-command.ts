import { defineCommand } from 'citty';

/** `videre models ...` */
export const modelsCommand = defineCommand({
  meta: { name: 'models', description: 'Manage model bundles' },
  subCommands: {
    list: async () => (await import('./models/list-command.js')).listCommand,
    describe: async () => (await import('./models/describe-command.js')).describeCommand,
    fingerprint: async () => (await import('./models/fingerprint-command.js')).fingerprintCommand,
    use: async () => (await import('./models/use-command.js')).useCommand,
    pull: async () => (await import('./models/pull-command.js')).pullCommand,
    import: async () => (await import('./models/import-command.js')).importCommand,
  },
});
