import { describe, expect, it, vi } from 'vitest';
import type { AnswerEvent } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';
import { AnswerStream } from './answer-stream.js';
import { AnswerStreams, DEFAULT_STREAMS } from './answer-streams.js';
import { eventStreamResponse } from './event-stream-response.js';

const options = { graceMs: 10, maxBytes: 1000 };

async function* words(count: number): AsyncGenerator<AnswerEvent> {
  for (let number = 0; number < count; number++) yield { type: 'delta', text: `word${number} ` };
}

/** Says one word, and then nothing until it is told to stop. */
async function* endless(signal: AbortSignal): AsyncGenerator<AnswerEvent> {
  yield { type: 'delta', text: 'word' };
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new AppError('cancelled', 'Stopped.')));
  });
}

function streamOf(answer: (signal: AbortSignal) => AsyncIterable<AnswerEvent>) {
  return new AnswerStream(answer, options, () => {});
}

describe('AnswerStream', () => {
  it('keeps what fits, and tells a reader who is too far behind', async () => {
    const stream = streamOf(() => words(200));
    await stream.ended;
    await expect(stream.after(0)).rejects.toMatchObject({ code: 'not-found' });
    const last = await stream.after(199);
    expect(last).toMatchObject({ number: 200, data: '{"text":"word199 "}' });
    expect(await stream.after(200)).toBeUndefined();
    let kept = 200;
    while (await stream.after(kept - 1).catch(() => undefined)) kept--;
    expect((200 - kept) * '{"text":"word199 "}'.length).toBeLessThanOrEqual(options.maxBytes);
  });

  it('stops the answer a while after the last reader left, not before', async () => {
    vi.useFakeTimers();
    try {
      const stream = streamOf(endless);
      await stream.begun();
      const [first, second] = [stream.attach(), stream.attach()];
      first();
      // Leaving twice is leaving once.
      first();
      await vi.advanceTimersByTimeAsync(100);
      expect(stream.isOver).toBe(false);
      second();
      await vi.advanceTimersByTimeAsync(options.graceMs - 1);
      const third = stream.attach();
      await vi.advanceTimersByTimeAsync(100);
      expect(stream.isOver).toBe(false);
      third();
      await vi.advanceTimersByTimeAsync(options.graceMs);
      expect(stream.isOver).toBe(true);
      expect(await stream.after(1)).toMatchObject({
        event: 'error',
        data: expect.stringContaining('cancelled'),
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('says at its end what went wrong', async () => {
    const faults: unknown[] = [];
    const fault = new Error('secret');
    const stream = new AnswerStream(
      async function* () {
        yield* words(1);
        throw fault;
      },
      options,
      (told) => faults.push(told),
    );
    await stream.ended;
    expect(await stream.after(1)).toMatchObject({
      event: 'error',
      data: expect.stringContaining('"code":"internal"'),
    });
    expect((await stream.after(1))!.data).not.toContain('secret');
    expect(faults).toEqual([fault]);
  });
});

describe('AnswerStreams', () => {
  it('refuse more answers at once than they may make', async () => {
    const streams = new AnswerStreams({ ...DEFAULT_STREAMS, graceMs: 0, maxRunning: 1 });
    const stream = streams.start('me', endless, () => {});
    expect(() => streams.start('you', endless, () => {})).toThrow(
      expect.objectContaining({ code: 'overloaded' }),
    );
    stream.attach()();
    await stream.ended;
    streams.start(
      'you',
      () => words(1),
      () => {},
    );
  });

  it('forget the oldest complete answer when there are too many', async () => {
    const streams = new AnswerStreams({ ...DEFAULT_STREAMS, maxKept: 2 });
    const started = [1, 2, 3].map(async () => {
      const stream = streams.start(
        'me',
        () => words(1),
        () => {},
      );
      await stream.ended;
      return stream.id;
    });
    const [first, second] = await Promise.all(started);
    await streams.start(
      'me',
      () => words(1),
      () => {},
    ).ended;
    expect(() => streams.resume('me', `${first}:1`)).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(() => streams.resume('you', `${second}:1`)).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
  });
});

describe('eventStreamResponse', () => {
  const times = { heartbeatMs: 5, stallMs: 20, retryMs: 200 };

  it('shows that it is alive while nothing is said', async () => {
    const stream = streamOf(endless);
    const body = eventStreamResponse(stream, 0, stream.attach(), times).body!;
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk);
      if (text.includes(': heartbeat\n\n: heartbeat\n\n')) break;
    }
    expect(text).toMatch(
      /^retry: 200\n\nid: [0-9a-f-]{36}:1\nevent: delta\ndata: {"text":"word"}\n\n: heartbeat/,
    );
    await stream.ended;
  });

  it('takes no more from an answer than its reader takes, and lets go of one that takes nothing', async () => {
    const stream = streamOf(() => words(20));
    await stream.ended;
    const taken = vi.spyOn(stream, 'after');
    const leave = vi.fn(stream.attach());
    const response = eventStreamResponse(stream, 0, leave, times);
    await vi.waitFor(() => expect(leave).toHaveBeenCalled());
    expect(taken.mock.calls.length).toBeLessThanOrEqual(2);
    await expect(response.text()).rejects.toThrow('takes nothing');
  });
});
