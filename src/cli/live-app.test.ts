import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LiveApp, type LiveAppOptions, type Serving } from './live-app.js';

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** An application that answers with its name when it is let, and tells what befalls it. */
function application(name: string, story: string[]) {
  const gate = deferred();
  const switched = deferred();
  const tell = (what: string) => async () => {
    story.push(`${name} ${what}`);
  };
  const serving: Serving = {
    fetch: async () => {
      await gate.promise;
      return new Response(name);
    },
    begin: tell('begins'),
    leave: tell('leaves'),
    switched: switched.promise,
    close: tell('is closed'),
  };
  return { serving, answer: gate.resolve, switchOver: switched.resolve };
}

/** Asks, and writes the answer to its end only when that is wanted. */
async function begin(live: LiveApp) {
  const outgoing = new PassThrough().resume();
  const answer = await live.fetch(new Request('http://localhost/'), { outgoing } as never);
  return {
    name: await (answer as Response).text(),
    end: () => outgoing.end(),
    breakOff: () => outgoing.destroy(),
  };
}

async function ask(live: LiveApp): Promise<string> {
  const { name, end } = await begin(live);
  end();
  return name;
}

const FOR_EVER_MS = 2 ** 30;

function followedBy(next: Serving, graceMs = FOR_EVER_MS): LiveAppOptions {
  const onFault = (fault: unknown) => {
    throw fault;
  };
  return { openNext: async () => next, onFault, graceMs };
}

/** All that can happen without the world outside has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

it('answers with the next application, lets the one before finish, and only then lets the next work', async () => {
  const story: string[] = [];
  const [old, next] = [application('old', story), application('next', story)];
  const live = await LiveApp.start(old.serving, followedBy(next.serving));
  const early = ask(live);
  old.switchOver();
  await settle();
  next.answer();
  expect(await ask(live)).toBe('next');
  expect(story).toEqual(['old begins', 'old leaves']);
  old.answer();
  expect(await early).toBe('old');
  await settle();
  expect(story).toEqual(['old begins', 'old leaves', 'old is closed', 'next begins']);
  await live.close();
  expect(story.at(-1)).toBe('next is closed');
});

it.each(['end', 'breakOff'] as const)(
  'keeps the one before until what it answers has come to its %s',
  async (end) => {
    const story: string[] = [];
    const [old, next] = [application('old', story), application('next', story)];
    const live = await LiveApp.start(old.serving, followedBy(next.serving));
    old.answer();
    const early = await begin(live);
    old.switchOver();
    await settle();
    expect(story).toEqual(['old begins', 'old leaves']);
    early[end]();
    await settle();
    expect(story).toEqual(['old begins', 'old leaves', 'old is closed', 'next begins']);
    await live.close();
  },
);

it('waits no longer for it than the grace', async () => {
  const story: string[] = [];
  const [old, next] = [application('old', story), application('next', story)];
  const live = await LiveApp.start(old.serving, followedBy(next.serving, 0));
  old.answer();
  await begin(live);
  old.switchOver();
  await expect.poll(() => story).toContain('next begins');
  await live.close();
});

it('goes on with what it has when the next cannot be opened, and says why', async () => {
  const story: string[] = [];
  const old = application('old', story);
  const faults: unknown[] = [];
  const fault = new Error('no such bundle');
  const live = await LiveApp.start(old.serving, {
    openNext: () => Promise.reject(fault),
    onFault: (heard) => faults.push(heard),
    graceMs: FOR_EVER_MS,
  });
  old.switchOver();
  old.answer();
  await settle();
  expect(faults).toEqual([fault]);
  expect(await ask(live)).toBe('old');
  await live.close();
  expect(story).toEqual(['old begins', 'old is closed']);
});
