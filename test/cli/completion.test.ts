import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bashScript } from '../../src/cli/completion/bash-script.js';
import { commandTree } from '../../src/cli/completion/command-tree.js';
import { fishScript } from '../../src/cli/completion/fish-script.js';
import { zshScript } from '../../src/cli/completion/zsh-script.js';
import { videreCommand } from '../../src/cli/videre-command.js';

const runs = (program: string) => spawnSync(program, ['--version']).status === 0;
const skipped = (program: string) => (runs(program) ? '' : ` (skipped: no ${program} here)`);

const tree = await commandTree(videreCommand);

/** What bash offers at the end of the words. */
function completedByBash(...words: string[]): string[] {
  const script = `${bashScript(tree)}
COMP_WORDS=(videre "$@"); COMP_CWORD=$#
_videre
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout.split('\n').filter((word) => word !== '');
}

describe.skipIf(!runs('bash'))(`completion by bash${skipped('bash')}`, () => {
  it.each([
    [['ke'], ['keys']],
    [
      ['keys', ''],
      ['create', 'draw', 'list', 'revoke'],
    ],
    [['keys', 'create', '--sc'], ['--scope']],
    [['keys', 'create', 'my phone', '--sc'], ['--scope']],
    [['search', '--lim'], ['--limit']],
    [['serve', '--data', '/us'], ['/usr']],
    [['completion', '--he'], ['--help']],
  ])('of %j offers %j', (words, offered) => {
    expect(completedByBash(...words)).toEqual(offered);
  });
});

it.skipIf(!runs('zsh'))(`the script for zsh is one that zsh can read${skipped('zsh')}`, () => {
  const script = `autoload -Uz compinit && compinit -u -D
${zshScript(tree)}
whence -w _videre_keys_create`;
  const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
  expect(stdout, stderr).toContain('_videre_keys_create: function');
  expect(stderr).toBe('');
});

it.skipIf(!runs('fish'))(`fish offers the commands and flags${skipped('fish')}`, () => {
  const offered = (line: string) =>
    spawnSync('fish', ['--no-config', '-c', `${fishScript(tree)}\ncomplete -C '${line}'`], {
      encoding: 'utf8',
    }).stdout;
  expect(offered('videre ke')).toContain('keys');
  expect(offered('videre keys ')).toContain('revoke');
  expect(offered('videre keys create --sc')).toContain('--scope');
});
