import { describe, expect, it } from 'vitest';
import { choosePrecision } from './choose-precision.js';

const able = { int8DotProduct: true };
const unable = { int8DotProduct: false };

describe('choosePrecision', () => {
  it('is what the bundle asks for where the machine can do it, and f32 otherwise', () => {
    expect(choosePrecision({}, able, {})).toBe('f32');
    expect(choosePrecision({ cpuPrecision: 'int8' }, able, {})).toBe('int8');
    expect(choosePrecision({ cpuPrecision: 'int8' }, unable, {})).toBe('f32');
  });

  it('obeys VIDERE_PRECISION before the bundle', () => {
    expect(choosePrecision({}, able, { VIDERE_PRECISION: 'int8' })).toBe('int8');
    expect(choosePrecision({ cpuPrecision: 'int8' }, able, { VIDERE_PRECISION: 'f32' })).toBe('f32');
    expect(choosePrecision({ cpuPrecision: 'int8' }, able, { VIDERE_PRECISION: '' })).toBe('int8');
  });

  it('refuses what is no precision, and what this machine cannot do', () => {
    expect(() => choosePrecision({}, able, { VIDERE_PRECISION: 'int4' })).toThrow(
      expect.objectContaining({ code: 'invalid-input', hint: expect.stringContaining('f32, int8') }),
    );
    expect(() => choosePrecision({}, unable, { VIDERE_PRECISION: 'int8' })).toThrow(
      expect.objectContaining({ code: 'missing-dependency' }),
    );
  });
});
