import { expect, it } from 'vitest';
import { EtaBar } from './eta-bar.js';

function recorded(interactive: boolean) {
  const notes: string[] = [];
  const statuses: string[] = [];
  const terminal = {
    interactive,
    line: () => {},
    write: () => {},
    note: (text: string) => notes.push(text),
    status: (text: string) => statuses.push(text),
  };
  return { bar: new EtaBar(terminal), notes, statuses };
}

it('rewrites one line on a terminal', () => {
  const { bar, notes, statuses } = recorded(true);
  bar.start('videos', 4);
  for (let step = 0; step < 4; step++) bar.step();
  expect(statuses.at(-1)).toContain('videos 4/4');
  expect(notes).toEqual([]);
});

it('writes at most ten plain lines in a pipe, the last when all is done', () => {
  const { bar, notes, statuses } = recorded(false);
  bar.start('videos', 1000);
  for (let step = 0; step < 1000; step++) bar.step();
  expect(notes).toHaveLength(10);
  expect(notes[0]).toMatch(/^videos 100\/1000/);
  expect(notes.at(-1)).toMatch(/^videos 1000\/1000/);
  expect(notes.join('')).not.toContain('█');
  expect(statuses).toEqual([]);
});
