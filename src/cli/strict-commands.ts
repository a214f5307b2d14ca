import { defineCittyPlugin } from 'citty';
import { AppError } from '../domain/errors.js';
import { didYouMean } from './nearest-name.js';

/** For commands that only hold others: says which there are, and which was probably meant. */
export const strictCommands = defineCittyPlugin({
  name: 'strict-commands',
  async setup({ rawArgs, cmd }) {
    const { subCommands } = cmd;
    const defined = (await (typeof subCommands === 'function' ? subCommands() : subCommands)) ?? {};
    const names = Object.keys(defined);
    const given = rawArgs.find((argument) => !argument.startsWith('-'));
    if (given !== undefined && names.includes(given)) return;
    const what = given === undefined ? 'No command is given.' : `There is no command ${given}.`;
    throw new AppError('invalid-input', what, {
      hint: didYouMean(given ?? '', names, `Commands are ${names.join(', ')}; add --help to one of them.`),
    });
  },
});
