import { defineCommand, runCommand } from 'citty';
import { describe, expect, it } from 'vitest';
import { strictFlags } from './strict-flags.js';

const command = defineCommand({
  plugins: [strictFlags],
  args: {
    'text-ids': { type: 'string' },
    limit: { type: 'string', alias: 'l' },
    rerank: { type: 'boolean', default: true },
  },
  run: ({ args }) => ({ textIds: args['text-ids'], limit: args.limit, rerank: args.rerank }),
});

const run = async (...rawArgs: string[]) => (await runCommand(command, { rawArgs })).result;

describe('flags', () => {
  it.each([
    [['--text-ids', 'a.txt'], { textIds: 'a.txt' }],
    [['--text-ids=a.txt'], { textIds: 'a.txt' }],
    [['-l', '3'], { limit: '3' }],
    [['--no-rerank'], { rerank: false }],
  ])('%j is known', async (rawArgs, expected) => {
    expect(await run(...rawArgs)).toMatchObject(expected);
  });

  it.each([
    ['--text-id', '--text-id'],
    ['--limitt', '--limitt'],
    ['-x', '-x'],
  ])('%s is refused by name', async (flag, named) => {
    await expect(run(flag, '3')).rejects.toThrow(`There is no option ${named}.`);
  });

  it('what was probably meant is said', async () => {
    await expect(run('--limitt', '3')).rejects.toMatchObject({ hint: 'Did you mean --limit?' });
    await expect(run('--colour', '3')).rejects.toMatchObject({ hint: expect.stringContaining('--help') });
  });
});
