import { describe, expect, it } from 'vitest';
import { RecentVectors } from './recent-vectors.js';

const vector = (value: number) => Float32Array.of(value, -value);

describe('RecentVectors', () => {
  it('forgets what was not used for longest', () => {
    const recent = new RecentVectors(2);
    recent.set('a', vector(1));
    recent.set('b', vector(2));
    expect(recent.get('a')).toEqual(vector(1));
    recent.set('c', vector(3));
    expect(recent.get('b')).toBeUndefined();
    expect(recent.get('a')).toEqual(vector(1));
    expect(recent.get('c')).toEqual(vector(3));
  });

  it('counts a key that is set again once, with its last vector', () => {
    const recent = new RecentVectors(2);
    recent.set('a', vector(1));
    recent.set('b', vector(2));
    recent.set('a', vector(3));
    recent.set('c', vector(4));
    expect(recent.get('a')).toEqual(vector(3));
    expect(recent.get('b')).toBeUndefined();
  });

  it('keeps its vectors from what callers do to theirs', () => {
    const recent = new RecentVectors(1);
    const given = vector(1);
    recent.set('a', given);
    given.fill(9);
    recent.get('a')!.fill(9);
    expect(recent.get('a')).toEqual(vector(1));
  });
});
