import { table } from '@toploss/examples/table';
import { GROWTHS } from '../arms/scaling.js';
import type { Ratio } from '../measure.js';
import type { Row } from '../run.js';
import { figure, othersOf } from './ratios.js';

/** The cost of what has grown beside its bound, on a backend; bold where three quarters of the rounds are above it. */
export function growthTable(rows: readonly Row[]): string {
  const [first] = rows as [Row];
  return table(
    [`${first.backend}: cost / bound`, '×1 (ms)', ...othersOf(first)],
    rows.map((row) => [
      row.size,
      row.milliseconds.toPrecision(3),
      ...othersOf(row).map((arm) => {
        const [ratio, bound] = [row.ratios[arm] as Ratio, boundOf(row, arm)];
        return `${figure(ratio, ratio.low > bound)} / ${bound.toFixed(1)}`;
      }),
    ]),
  );
}

const boundOf = ({ size }: Row, arm: string): number => GROWTHS[size]?.bounds[arm] ?? Number.NaN;

/** The most tensors and megabytes of a step, above what stays. */
export function peakTable(rows: readonly Row[]): string {
  const [first] = rows as [Row];
  return table(
    [`${first.backend}: tensors / MB`, ...Object.keys(first.ratios)],
    rows.map(({ size, ratios, profiles }) => [
      size,
      ...Object.keys(ratios).map((arm) => {
        const { tensors = 0, bytes = 0 } = profiles[arm] ?? {};
        return `${tensors} / ${(bytes / 1e6).toFixed(2)}`;
      }),
    ]),
  );
}
