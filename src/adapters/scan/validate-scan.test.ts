import { describe, expect, it } from 'vitest';
import { randomScan } from '../../../test/support/random-scan.js';
import { AppError } from '../../domain/errors.js';
import type { ScanInput, ScanShape } from '../../model/selective-scan.js';
import { validateScan } from './validate-scan.js';

const shape: ScanShape = { batch: 2, length: 3, channels: 5, states: 4 };
const out = new Float32Array(30);

function rejected(change: (input: ScanInput) => ScanInput, changedShape: Partial<ScanShape> = {}): string {
  try {
    validateScan({ ...shape, ...changedShape }, change(randomScan(shape)), out);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'invalid-input' });
    return (error as AppError).message;
  }
  return 'accepted';
}

describe('validateScan', () => {
  it('accepts operands that just fit', () => {
    expect(rejected((input) => input)).toBe('accepted');
  });

  it.each(['u', 'delta', 'A', 'B', 'C', 'D', 'deltaBias'] as const)('names a short %s', (operand) => {
    for (const name of ['forward', 'backward'] as const) {
      const message = rejected((input) => {
        const direction = input[name]!;
        return { ...input, [name]: { ...direction, [operand]: direction[operand].subarray(1) } };
      });
      expect(message).toContain(`${name}.${operand} must be`);
      expect(message).toContain('B=2 L=3 E=5 N=4');
    }
  });

  it('names a short gate, a stride less than a row, and a missing stride', () => {
    expect(rejected((input) => ({ ...input, z: input.z!.subarray(1) }))).toContain('z must be 30 floats');
    expect(rejected((input) => ({ ...input, zStride: 4 }))).toContain(
      'zStride must be a whole number of at least 5, not 4',
    );
    expect(rejected(({ forward, z }) => ({ forward: forward!, z: z! }))).toContain('zStride must be');
    expect(rejected((input) => ({ ...input, forward: { ...input.forward!, bcStride: 3 } }))).toContain(
      'bcStride',
    );
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 60])('rejects a size of %s', (length) => {
    expect(rejected((input) => input, { length })).toMatch(/length must be|out must be/);
  });

  it('rejects an input without a direction, and an output that overlaps an operand', () => {
    expect(rejected(() => ({}))).toContain('a forward or a backward direction');
    const shared = new Float32Array(40);
    const { forward } = randomScan(shape);
    const overlapping = { forward: { ...forward!, u: shared.subarray(10) } };
    expect(() => validateScan(shape, overlapping, shared.subarray(0, 30))).toThrow(
      'forward.u must be apart from out',
    );
    expect(() =>
      validateScan(shape, { forward: { ...forward!, D: shared.subarray(30, 35) } }, shared.subarray(0, 30)),
    ).not.toThrow();
  });
});
