import { table } from '@toploss/examples/table';
import { GROWTHS } from '../arms/scaling.js';
import type { Ratio } from '../measure.js';
import type { Row } from '../run.js';
import { figure, inMilliseconds, othersOf } from './ratios.js';

/** The cost of what has grown beside its bound, on a backend; bold where three quarters of the rounds are above it. */
export function growthTable(rows: readonly Row[]): string {
  const [first] = rows as [Row];
  return table(
    [`${first.backend}: cost / bound`, '×1 (ms)', ...othersOf(first)],
    rows.map((row) => [
      row.size,
      inMilliseconds(row.milliseconds),
      ...othersOf(row).map((arm) => {
        const [ratio, bound] = [row.ratios[arm] as Ratio, boundOf(row, arm)];
        return `${figure(ratio, ratio.low > bound)} / ${bound.toFixed(1)}`;
      }),
    ]),
  );
}

const boundOf = ({ size }: Row, arm: string): number => GROWTHS[size]?.bounds[arm] ?? Number.NaN;

/** The most tensors and megabytes of a step above what stays, and the megabytes of the bound. */
export function peakTable(rows: readonly Row[]): string {
  const [first] = rows as [Row];
  return table(
    [`${first.backend}: tensors / MB / bound`, ...Object.keys(first.ratios)],
    rows.map((row) => {
      const arms = Object.keys(row.ratios);
      const peaks = arms.map((arm) => row.profiles[arm] ?? { tensors: 0, bytes: 0 });
      const bounds = arms.map((arm) => boundOf(row, arm) * (peaks[0]?.bytes ?? 0));
      return [
        row.size,
        ...peaks.map(({ tensors, bytes }, k) =>
          [tensors, megabytes(bytes), megabytes(bounds[k] as number)].join(' / '),
        ),
      ];
    }),
  );
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
