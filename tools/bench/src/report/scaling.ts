import { table } from '@toploss/experiments/report/table';
import { GROWTH } from '../arms/scaling.js';
import type { Ratio } from '../measure.js';
import type { Row } from '../run.js';
import { figure, inMilliseconds, othersOf } from './ratios.js';

/** What has grown, on a backend; bold where three quarters of the rounds are above the bound. */
export function growthTable(rows: readonly Row[]): string {
  const [first] = rows as [Row];
  return table(
    [first.backend, '×1 (ms)', ...othersOf(first)],
    rows.map((row) => [
      row.size,
      inMilliseconds(row.milliseconds),
      ...othersOf(row).map((arm) => {
        const ratio = row.ratios[arm] as Ratio;
        return figure(ratio, ratio.low > (GROWTH[arm] as number));
      }),
    ]),
  );
}

/** The most tensors and megabytes of a step, above what stays; bold above the bound. */
export function peakTable(rows: readonly Row[]): string {
  const [first] = rows as [Row];
  return table(
    [`${first.backend}: tensors / MB`, ...Object.keys(first.ratios)],
    rows.map(({ size, ratios, profiles }) => {
      const least = profiles['×1']?.bytes ?? 0;
      return [
        size,
        ...Object.keys(ratios).map((arm) => {
          const { tensors = 0, bytes = 0 } = profiles[arm] ?? {};
          const megabytes = (bytes / 1e6).toFixed(2);
          const isAbove = bytes > least * (GROWTH[arm] as number);
          return `${tensors} / ${isAbove ? `**${megabytes}**` : megabytes}`;
        }),
      ];
    }),
  );
}
