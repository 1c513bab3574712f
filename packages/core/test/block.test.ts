import { blockOf } from '@toploss/core/kit';
import { expect, test } from 'vitest';

test('by hand: ten rows in quarters are blocks of three, of which the last one ends with the batch', () => {
  const starts = [0, 1, 2, 3, 4].map((k) => blockOf(10, 0.25, k));
  expect(starts).toEqual([
    { start: 0, size: 3 },
    { start: 3, size: 3 },
    { start: 6, size: 3 },
    { start: 7, size: 3 },
    { start: 0, size: 3 },
  ]);
});

test('the whole batch, and a single row of it', () => {
  expect(blockOf(7, 1, 12)).toEqual({ start: 0, size: 7 });
  expect(blockOf(7, 1e-9, 5)).toEqual({ start: 5, size: 1 });
});
