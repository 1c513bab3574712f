import { table } from '@toploss/experiments/report/table';
import type { Ratio } from '../measure.js';
import type { Count, Gap, Measured, Row } from '../run.js';
import { SUITES } from '../suites.js';
import { isMissed } from './targets.js';

export const isRow = (row: Measured): row is Row & { machine: string } => 'ratios' in row;
export const isCount = (row: Measured): row is Count & { machine: string } => 'launches' in row;
export const isGap = (row: Measured): row is Gap & { machine: string } => 'reason' in row;

/** All but the first, which they are compared with. */
export const othersOf = ({ ratios }: Row): string[] => Object.keys(ratios).slice(1);

export const figure = ({ median, low, high }: Ratio, bold: boolean): string => {
  const middle = bold ? `**${median.toFixed(2)}**` : median.toFixed(2);
  return `${middle} (${low.toFixed(2)}–${high.toFixed(2)})`;
};

export const inMilliseconds = (ms: number): string =>
  ms < 100 ? ms.toPrecision(3) : ms.toFixed(0);

/** The ratios of a suite on a backend, a column for every size; those above their target are bold. */
export function ratioTable(rows: readonly Row[]): string {
  const [first] = rows as [Row];
  const [compared = ''] = Object.keys(first.ratios);
  const targets = SUITES[first.suite]?.targets;
  const targetOf = (arm: string) => targets?.[arm]?.[first.backend === 'cpu' ? 0 : 1]?.toFixed(2);
  const target = (arm: string) => (targets ? [targetOf(arm) ?? ''] : []);
  return table(
    [first.backend, ...rows.map(({ size }) => size), ...(targets ? ['target'] : [])],
    [
      [`${compared} (ms)`, ...rows.map(({ milliseconds }) => inMilliseconds(milliseconds))],
      ...[...new Set(rows.flatMap(othersOf))].map((arm) => [
        arm,
        ...rows.map((row) => {
          const ratio = row.ratios[arm];
          return ratio === undefined ? '–' : figure(ratio, isMissed(row, arm));
        }),
        ...target(arm),
      ]),
      ['rounds × steps', ...rows.map(({ rounds, steps }) => `${rounds} × ${steps}`)],
    ],
  );
}

/** A row on one line. */
export function lineOf(row: Measured): string {
  const name = `${row.backend}, ${row.suite}, ${row.size}`;
  if (isGap(row)) {
    return `${name}: ${row.reason}`;
  }
  if (isCount(row)) {
    const launches = Object.entries(row.launches).map(([arm, count]) => `${arm} ${count}`);
    return `${name}: ${launches.join(', ')}`;
  }
  const [compared] = Object.keys(row.ratios);
  const ratios = othersOf(row).map((arm) => `${arm} ${row.ratios[arm]?.median.toFixed(2)}`);
  return `${name}: ${compared} ${inMilliseconds(row.milliseconds)} ms; ${ratios.join(', ')}`;
}
