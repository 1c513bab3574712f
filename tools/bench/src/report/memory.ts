import { table } from '@toploss/experiments/report/table';
import type { Row } from '../run.js';

/** Kernels, and the peak above what stays, of every arm; nothing where there are no rows. */
export function memoryTable(rows: readonly Row[]): string {
  const [first] = rows;
  return first === undefined
    ? ''
    : table(
        [`${first.backend}: kernels / tensors / MB`, ...rows.map(({ size }) => size)],
        Object.keys(first.ratios).map((arm) => [
          arm,
          ...rows.map(({ profiles }) => {
            const { operations = 0, tensors = 0, bytes = 0 } = profiles[arm] ?? {};
            return `${operations} / ${tensors} / ${(bytes / 1e6).toFixed(2)}`;
          }),
        ]),
      );
}
