import { defineCommand } from 'citty';
import { AppError } from '../../domain/errors.js';
import { didYouMean } from '../nearest-name.js';
import { strictFlags } from '../strict-flags.js';
import { processTerminal } from '../terminal.js';
import { bashScript } from './bash-script.js';
import { type CommandNode, commandTree } from './command-tree.js';
import { fishScript } from './fish-script.js';
import { zshScript } from './zsh-script.js';

const SCRIPTS: Readonly<Record<string, (root: CommandNode) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export const completionCommand = defineCommand({
  meta: {
    name: 'completion',
    description: 'Print a script with which the shell completes videre’s commands',
  },
  plugins: [strictFlags],
  args: { shell: { type: 'positional', required: true, description: Object.keys(SCRIPTS).join(', ') } },
  async run({ args }) {
    const script = Object.hasOwn(SCRIPTS, args.shell) ? SCRIPTS[args.shell] : undefined;
    if (script === undefined) {
      const names = Object.keys(SCRIPTS);
      throw new AppError('invalid-input', `There is no script for ${JSON.stringify(args.shell)}.`, {
        hint: didYouMean(args.shell, names, `Shells are ${names.join(', ')}.`),
      });
    }
    const { videreCommand } = await import('../videre-command.js');
    processTerminal().line(script(await commandTree(videreCommand)).trimEnd());
  },
});
