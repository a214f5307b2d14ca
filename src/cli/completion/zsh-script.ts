import { allCommands, type CommandFlag, type CommandNode } from './command-tree.js';

const ACTIONS: Record<CommandFlag['takes'], string> = {
  folder: ':folder:_files -/',
  file: ':file:_files',
  text: ':value: ',
  nothing: '',
};

export function zshScript(root: CommandNode): string {
  return `#compdef videre
# zsh completion of videre. Load it with: source <(videre completion zsh)
${allCommands(root).map(commandFunction).join('\n')}
compdef _videre videre
`;
}

/** One function a command, which hands over to those of the commands below. */
function commandFunction({ path, flags, children }: CommandNode): string {
  const name = functionName(path);
  const flagLines = flags.map(
    ({ name: flag, description, takes }) => `    '${flag}[${quoted(description)}]${ACTIONS[takes]}'`,
  );
  if (children.length === 0) {
    return `${name}() {\n  _arguments \\\n${[...flagLines, "    '*:file:_files'"].join(' \\\n')}\n}`;
  }
  const words = children.map((child) => `    '${child.path.at(-1)}:${quoted(child.description)}'`);
  const branches = children.map((child) => `    ${child.path.at(-1)}) ${functionName(child.path)} ;;`);
  return `${name}() {
  local line state
  local -a commands=(
${words.join('\n')}
  )
  _arguments -C \\
${flagLines.join(' \\\n')} \\
    '1:command:->command' '*::argument:->argument'
  [[ $state == command ]] && _describe command commands
  [[ $state == argument ]] && case $line[1] in
${branches.join('\n')}
  esac
}`;
}

function functionName(path: readonly string[]): string {
  return ['_videre', ...path].join('_');
}

/** Inside single quotes and inside the brackets of \`_arguments\`. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, '\\$&');
}
