import { LARGEST, SMALLEST } from '@toploss/testing/recipes';
import { expect } from 'vitest';

/**
 * A number of float32 beside one of float64: as close as `relative` of `scale`, the size of what it was added up
 * from; infinite only where the other is beyond float32, or was.
 */
export function expectNear(
  actual: number,
  expected: number,
  { relative = 1e-5, scale = Math.abs(expected), what = 'value' } = {},
): void {
  const name = `${what}: ${actual} for ${expected}`;
  if (Math.abs(expected) > LARGEST * (1 - relative)) {
    expect(Math.abs(actual), name).toBeGreaterThanOrEqual(LARGEST * (1 - 2 * relative));
    expect(Math.sign(actual), name).toBe(Math.sign(expected));
    return;
  }
  expect(Math.abs(actual - expected), name).toBeLessThanOrEqual(relative * scale + 4 * SMALLEST);
}

/** Row by row, each against its own largest entry or against what that was added up from. */
export function expectRowsNear(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  { relative = 1e-5, scales = expected.map(largest), what = 'row' } = {},
): void {
  expect(actual.length, what).toBe(expected.length);
  for (const [i, row] of expected.entries()) {
    expect(actual[i]?.length, what).toBe(row.length);
    for (const [k, x] of row.entries()) {
      const scale = scales[i] as number;
      expectNear(actual[i]?.[k] as number, x, { relative, scale, what: `${what} ${i}, ${k}` });
    }
  }
}

export const largest = (row: readonly number[]): number =>
  row.reduce((max, x) => Math.max(max, Math.abs(x)), 0);

export const total = (row: readonly number[]): number => row.reduce((sum, x) => sum + x, 0);
