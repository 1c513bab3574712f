import { table } from '@toploss/experiments/report/table';
import type { Row } from '../run.js';

/** Kernels, on a device what it launches, and the peak above what stays, of every arm; nothing where there are no rows. */
export function memoryTable(rows: readonly Row[]): string {
  const [first] = rows;
  return first === undefined
    ? ''
    : table(
        [
          `${first.backend}: kernels / ${isDevice(first) ? 'launches / ' : ''}tensors / MB`,
          ...rows.map(({ size }) => size),
        ],
        Object.keys(first.ratios).map((arm) => [
          arm,
          ...rows.map(({ profiles }) => {
            const { operations = 0, launches, tensors = 0, bytes = 0 } = profiles[arm] ?? {};
            const counts = launches === undefined ? [operations] : [operations, launches];
            return `${counts.join(' / ')} / ${tensors} / ${(bytes / 1e6).toFixed(2)}`;
          }),
        ]),
      );
}

/** Measured since launches are counted. */
const isDevice = ({ profiles }: Row) =>
  Object.values(profiles).some(({ launches }) => launches !== undefined);
