import { allCommands, type CommandFlag, type CommandNode } from './command-tree.js';

/** For bash 4 and newer; macOS' bash 3.2 runs it too. */
export function bashScript(root: CommandNode): string {
  const commands = allCommands(root);
  const parents = commands.filter(({ path }) => path.length > 0).map(({ path }) => `"${key(path)}"`);
  const flags = commands.flatMap((command) => command.flags);
  const cases = commands.map(
    ({ path, flags: own, children }) =>
      `    "${key(path)}") flags="${own.map(({ name }) => name).join(' ')}"; commands="${children
        .map((child) => child.path.at(-1))
        .join(' ')}" ;;`,
  );
  return `# bash completion of videre. Load it with: source <(videre completion bash)
_videre() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" word flags commands
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${parents.join(' | ')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=()
  case "$previous" in
    ${namesTaking('folder', flags)}) COMPREPLY=($(compgen -d -- "$current")); return ;;
    ${namesTaking('file', flags)}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${namesTaking('text', flags)}) return ;;
  esac
  if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n "$commands" ]]; then COMPREPLY=($(compgen -W "$commands" -- "$current"))
  else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _videre videre
`;
}

/** As the loop of the script adds words up. */
function key(path: readonly string[]): string {
  return path.map((word) => ` ${word}`).join('');
}

function namesTaking(what: CommandFlag['takes'], flags: readonly CommandFlag[]): string {
  const names = flags.filter(({ takes }) => takes === what).map(({ name }) => name);
  return [...new Set(names)].join(' | ');
}
