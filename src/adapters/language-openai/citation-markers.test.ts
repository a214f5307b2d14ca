import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CitationMarkers, type MarkedEvent } from './citation-markers.js';

function read(pieces: readonly string[], ids = ['c1', 'c2', 'c3']) {
  const markers = new CitationMarkers(ids);
  const events = [...pieces.flatMap((piece) => markers.push(piece)), ...markers.end()];
  return { events: joined(events), invented: markers.invented };
}

/** Deltas that follow each other as one. */
function joined(events: readonly MarkedEvent[]): MarkedEvent[] {
  const merged: MarkedEvent[] = [];
  for (const event of events) {
    const last = merged.at(-1);
    if (event.type === 'delta' && last?.type === 'delta') last.text += event.text;
    else merged.push({ ...event });
  }
  return merged;
}

const answer = 'A cat [c1] runs, [see] a dog[c2, C3] sleeps [c9]. [[c1]] [1] x[';

describe('CitationMarkers', () => {
  it('tells markers from prose', () => {
    expect(read([answer])).toEqual({
      invented: 1,
      events: [
        { type: 'delta', text: 'A cat ' },
        { type: 'citation', evidenceId: 'c1' },
        { type: 'delta', text: ' runs, [see] a dog' },
        { type: 'citation', evidenceId: 'c2' },
        { type: 'citation', evidenceId: 'c3' },
        { type: 'delta', text: ' sleeps. [' },
        { type: 'citation', evidenceId: 'c1' },
        { type: 'delta', text: '] [1] x[' },
      ],
    });
  });

  it('reads the same however the answer is cut', () => {
    const whole = read([answer]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: answer.length }), { maxLength: 12 }), (cuts) => {
        const ends = [...cuts, answer.length].sort((left, right) => left - right);
        const pieces = ends.map((end, order) => answer.slice(order === 0 ? 0 : ends[order - 1], end));
        expect(read(pieces)).toEqual(whole);
      }),
    );
  });

  it('sends on what has no bracket at once, and long brackets soon', () => {
    const markers = new CitationMarkers(['c1']);
    expect(markers.push('word')).toEqual([{ type: 'delta', text: 'word' }]);
    expect(markers.push('[')).toEqual([]);
    expect(markers.push('x'.repeat(100))).toEqual([{ type: 'delta', text: `[${'x'.repeat(100)}` }]);
  });

  it('hears that the evidence does not tell', () => {
    expect(read(['[cannot', ' tell] The clips show no boat.']).events).toEqual([
      { type: 'abstained' },
      { type: 'delta', text: ' The clips show no boat.' },
    ]);
  });

  it('passes nothing on that names evidence it does not know', () => {
    const ids = fc.stringMatching(/^[a-z]\d{1,4}$/);
    fc.assert(
      fc.property(fc.array(ids), (cited) => {
        const { events, invented } = read([cited.map((id) => `[${id}]`).join('')], ['c1']);
        expect(events.every((event) => event.type !== 'citation' || event.evidenceId === 'c1')).toBe(true);
        expect(invented).toBe(cited.filter((id) => id !== 'c1').length);
      }),
    );
  });
});
