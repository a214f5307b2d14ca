import type { ArgDef, ArgsDef, CommandDef, Resolvable, SubCommandsDef } from 'citty';

export interface CommandFlag {
  /** With its dashes. */
  name: string;
  description: string;
  /** What follows it: a folder, a file, something else, or nothing. */
  takes: 'folder' | 'file' | 'text' | 'nothing';
}

/** A command with all it holds, as a shell needs to know it. */
export interface CommandNode {
  /** Words after the program's name: [] for the program itself. */
  path: readonly string[];
  description: string;
  flags: readonly CommandFlag[];
  children: readonly CommandNode[];
}

/** Loads the whole tree of commands. */
export async function commandTree(
  command: CommandDef<ArgsDef>,
  path: readonly string[] = [],
): Promise<CommandNode> {
  const meta = await resolved(command.meta);
  const subCommands: SubCommandsDef = (await resolved(command.subCommands)) ?? {};
  const children = Object.entries(subCommands).map(async ([name, child]) =>
    commandTree((await resolved(child)) ?? {}, [...path, name]),
  );
  return {
    path,
    description: meta?.description ?? '',
    flags: [...flagsOf((await resolved(command.args)) ?? {}), HELP],
    children: await Promise.all(children),
  };
}

/** The command and all below it. */
export function allCommands(command: CommandNode): CommandNode[] {
  return [command, ...command.children.flatMap(allCommands)];
}

const HELP: CommandFlag = { name: '--help', description: 'Show what there is', takes: 'nothing' };

function flagsOf(args: ArgsDef): CommandFlag[] {
  return Object.entries(args).flatMap(([name, argument]) => {
    if (argument.type === 'positional') return [];
    const description = argument.description ?? '';
    const plain = { name: `--${name}`, description, takes: takenBy(argument) };
    if (argument.type !== 'boolean' || argument.default !== true) return [plain];
    return [{ ...plain, name: `--no-${name}`, description: argument.negativeDescription ?? description }];
  });
}

function takenBy({ type, valueHint }: ArgDef): CommandFlag['takes'] {
  if (type === 'boolean') return 'nothing';
  if (valueHint === 'DIR') return 'folder';
  return valueHint?.includes('FILE') || valueHint?.includes('.json') ? 'file' : 'text';
}

async function resolved<Value>(value: Resolvable<Value> | undefined): Promise<Value | undefined> {
  return typeof value === 'function' ? (value as () => Value | Promise<Value>)() : value;
}
