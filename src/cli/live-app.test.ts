import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LiveApp, type Serving } from './live-app.js';

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
    switched: switched.promise,
    close: tell('is closed'),
  };
  return { serving, answer: gate.resolve, switchOver: switched.resolve };
}

async function ask(live: LiveApp): Promise<string> {
  const answer = await live.fetch(new Request('http://localhost/'), {} as never);
  return (answer as Response).text();
}

/** All that can happen without the world outside has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

it('answers with the next application, lets the one before finish, and only then lets the next work', async () => {
  const story: string[] = [];
  const [old, next] = [application('old', story), application('next', story)];
  const live = await LiveApp.start(
    old.serving,
    async () => next.serving,
    (fault) => {
      throw fault;
    },
  );
  const early = ask(live);
  old.switchOver();
  await settle();
  next.answer();
  expect(await ask(live)).toBe('next');
  expect(story).toEqual(['old begins']);
  old.answer();
  expect(await early).toBe('old');
  await settle();
  expect(story).toEqual(['old begins', 'old is closed', 'next begins']);
  await live.close();
  expect(story.at(-1)).toBe('next is closed');
});

it('goes on with what it has when the next cannot be opened, and says why', async () => {
  const story: string[] = [];
  const old = application('old', story);
  const faults: unknown[] = [];
  const fault = new Error('no such bundle');
  const live = await LiveApp.start(
    old.serving,
    () => Promise.reject(fault),
    (heard) => faults.push(heard),
  );
  old.switchOver();
  old.answer();
  await settle();
  expect(faults).toEqual([fault]);
  expect(await ask(live)).toBe('old');
  await live.close();
  expect(story).toEqual(['old begins', 'old is closed']);
});
