import { allCommands, type CommandFlag, type CommandNode } from './command-tree.js';

export function fishScript(root: CommandNode): string {
  const lines = allCommands(root).flatMap((command) => [...commandLines(command), ...flagLines(command)]);
  return `# fish completion of videre. Load it with: videre completion fish | source
complete -c videre -f
${lines.join('\n')}
`;
}

function commandLines({ path, children }: CommandNode): string[] {
  return children.map(
    (child) =>
      `complete -c videre ${condition(path, children)} -a ${child.path.at(-1)} -d '${quoted(child.description)}'`,
  );
}

const TAKEN: Record<CommandFlag['takes'], string> = {
  folder: " -x -a '(__fish_complete_directories)'",
  file: ' -r -F',
  text: ' -x',
  nothing: '',
};

function flagLines({ path, flags, children }: CommandNode): string[] {
  const when = condition(path, children);
  const files = path.length > 0 && children.length === 0 ? [`complete -c videre ${when} -F`] : [];
  return [
    ...files,
    ...flags.map(
      ({ name, description, takes }) =>
        `complete -c videre ${when} -l ${name.slice(2)}${TAKEN[takes]} -d '${quoted(description)}'`,
    ),
  ];
}

/** True while the command, and none below it, is what has been written. */
function condition(path: readonly string[], children: readonly CommandNode[]): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const below = children.map((child) => child.path.at(-1)).join(' ');
  const none = below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`];
  return `-n '${[...seen, ...none].join('; and ') || 'true'}'`;
}

function quoted(text: string): string {
  return text.replaceAll(/['\\]/g, '\\$&');
}
