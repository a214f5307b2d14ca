import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quantizeVectors } from './int8-vectors.js';

const value = fc.float({ min: -1, max: 1, noNaN: true });
const vectors = fc.array(fc.float32Array({ minLength: 6, maxLength: 6, noNaN: true, min: -1, max: 1 }), {
  maxLength: 5,
});

it('no score is further off than the error of the vector times the length of the query', () => {
  fc.assert(
    fc.property(vectors, fc.array(value, { minLength: 6, maxLength: 6 }), (given, query) => {
      const { scales, errors, codes } = quantizeVectors(given);
      const length = Math.hypot(...query);
      given.forEach((vector, row) => {
        let exact = 0;
        let rough = 0;
        query.forEach((weight, axis) => {
          exact += weight * vector[axis]!;
          rough += weight * codes[row * 6 + axis]! * scales[row]!;
        });
        expect(Math.abs(exact - rough)).toBeLessThanOrEqual(errors[row]! * length + 1e-15);
      });
    }),
  );
});

it('keeps a vector to within half a step of its scale on each axis', () => {
  fc.assert(
    fc.property(vectors, (given) => {
      const { scales, codes } = quantizeVectors(given);
      given.forEach((vector, row) => {
        const scale = scales[row]!;
        vector.forEach((exact, axis) => {
          const rough = codes[row * 6 + axis]! * scale;
          expect(Math.abs(exact - rough)).toBeLessThanOrEqual(scale * 0.5001 + 1e-40);
        });
      });
    }),
  );
});

it('a vector of zeros has no error', () => {
  const { scales, errors, codes } = quantizeVectors([new Float32Array(3)]);
  expect([...scales, ...errors, ...codes]).toEqual([0, 0, 0, 0, 0]);
});
