import { AppError } from '../../domain/errors.js';

export interface KernelCall {
  /** How its messages begin. */
  title: string;
  /** What `details` call it. */
  op: string;
  shape: object;
  /** The shape in words. */
  describe: string;
}

/** The checks of a kernel call's operands; each throws an AppError `invalid-input` that names the operand. */
export interface OperandChecks {
  /** @returns `value`, a whole number of at least `smallest` */
  requireSize(operand: string, value: unknown, smallest: number): number;
  requireFloats(operand: string, value: unknown, count: number): void;
  reject(operand: string, expected: string, actual: unknown): never;
}

/** @param outputs what the call writes, by operand name; nothing else may overlap them */
export function operandChecks(
  { title, op, shape, describe }: KernelCall,
  outputs: Readonly<Record<string, Float32Array>>,
): OperandChecks {
  const reject = (operand: string, expected: string, actual: unknown): never => {
    throw new AppError(
      'invalid-input',
      `${title}: ${operand} must be ${expected}, not ${actual} (${describe}).`,
      { details: { op, operand, expected, actual, shape: { ...shape } } },
    );
  };
  return {
    reject,
    requireSize: (operand, value, smallest) =>
      Number.isSafeInteger(value) && (value as number) >= smallest
        ? (value as number)
        : reject(operand, `a whole number of at least ${smallest}`, value),
    requireFloats(operand, value, count) {
      if (!(value instanceof Float32Array)) return reject(operand, 'a Float32Array', typeof value);
      if (value.length < count) return reject(operand, `${count} floats or more`, value.length);
      for (const [name, output] of Object.entries(outputs)) {
        if (operand !== name && overlap(value, output))
          reject(operand, `apart from ${name}`, 'overlapping it');
      }
    },
  };
}

function overlap(a: Float32Array, b: Float32Array): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}
