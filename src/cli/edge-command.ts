import { defineCommand } from 'citty';
import { strictCommands } from './strict-commands.js';

/** `videre edge ...` */
export const edgeCommand = defineCommand({
  meta: { name: 'edge', description: 'Keep a copy of the library at the edge, in a Cloudflare Worker' },
  plugins: [strictCommands],
  subCommands: {
    push: async () => (await import('./edge-push-command.js')).edgePushCommand,
  },
});
