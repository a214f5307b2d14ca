import { type ArgDef, type ArgsDef, defineCittyPlugin } from 'citty';
import { AppError } from '../domain/errors.js';
import { didYouMean } from './nearest-name.js';

/** citty takes a flag it does not know for a switch; a typing error would change the meaning of the command unseen. */
export const strictFlags = defineCittyPlugin({
  name: 'strict-flags',
  async setup({ args, cmd }) {
    const defined: ArgsDef = (await (typeof cmd.args === 'function' ? cmd.args() : cmd.args)) ?? {};
    const known = new Set(
      Object.entries(defined).flatMap(([name, argument]) => [name, camelCase(name), ...aliasesOf(argument)]),
    );
    const unknown = Object.keys(args).find((name) => name !== '_' && !known.has(name));
    if (unknown === undefined) return;
    const flag = unknown.length === 1 ? `-${unknown}` : `--${unknown}`;
    throw new AppError('invalid-input', `There is no option ${flag}.`, {
      hint: didYouMean(
        flag,
        flagsOf(defined),
        'Add --help to see what there is; words that begin with a dash go after --.',
      ),
    });
  },
});

function flagsOf(defined: ArgsDef): string[] {
  return Object.entries(defined)
    .filter(([, { type }]) => type !== 'positional')
    .map(([name]) => `--${name}`);
}

/** citty hands out `--text-ids` under both spellings. */
function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function aliasesOf(argument: ArgDef): string[] {
  return 'alias' in argument ? [argument.alias ?? []].flat() : [];
}
