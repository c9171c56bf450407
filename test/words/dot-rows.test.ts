import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHalf } from '../../src/formats/index.js';
import { dotRows } from '../../src/words/dot-rows.js';
import { portableDotRows, portableHalfRows } from '../../src/words/portable-dots.js';

it('multiplies every row, with the addon and without (property)', () => {
  const size = fc.integer({ min: 1, max: 140 });
  fc.assert(
    fc.property(size, size, fc.infiniteStream(fc.integer({ min: -9, max: 9 })), (rows, d, stream) => {
      const take = (count: number) => Float32Array.from({ length: count }, () => stream.next().value);
      const matrix = take(rows * d);
      const query = take(d);
      // Whole numbers: exact in any order of summing.
      const expected = Float32Array.from({ length: rows }, (_, r) =>
        query.reduce((sum, x, j) => sum + x * matrix[r * d + j], 0),
      );
      const portable = new Float32Array(rows);
      portableDotRows(matrix, query, portable);
      expect([...portable].map((x) => x + 0)).toEqual([...expected].map((x) => x + 0));
      expect([...dotRows(matrix, query)].map((x) => x + 0)).toEqual([...expected].map((x) => x + 0));
      const halves = toHalf(matrix);
      portableHalfRows(halves, query, portable);
      expect([...portable].map((x) => x + 0)).toEqual([...expected].map((x) => x + 0));
      expect([...dotRows(halves, query)].map((x) => x + 0)).toEqual([...expected].map((x) => x + 0));
    }),
  );
});
