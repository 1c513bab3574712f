import { table } from '@toploss/experiments/report/table';
import type { Row } from '../run.js';
import { othersOf } from './ratios.js';
import { isMissed, targetOf } from './targets.js';

const SHOWN = 3;
const LEAST = 0.005; // ms, what rounds to nothing

/** What an arm above its target does that the first one does not; nothing where none is above. */
export function profileTable(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) =>
    othersOf(row)
      .filter((arm) => isMissed(row, arm))
      .map((arm) => lineOf(row, arm)),
  );
  if (lines.length === 0) {
    return '';
  }
  return table(
    ['above its target', 'ratio', 'ms more', 'kernels more', 'in kernels (ms)', 'in none (ms)'],
    lines,
  );
}

function lineOf(row: Row, arm: string): string[] {
  const { ratios, profiles, milliseconds, backend, size } = row;
  const [first = ''] = Object.keys(ratios);
  const [plain, own] = [profiles[first], profiles[arm]];
  const ratio = ratios[arm]?.median ?? Number.NaN;
  const more = (ratio - 1) * milliseconds;
  const kernels = Object.entries(own?.kernels ?? {})
    .map(([kernel, ms]) => ({ kernel, ms: ms - (plain?.kernels[kernel] ?? 0) }))
    .sort((a, b) => b.ms - a.ms);
  const known = kernels.length > 0;
  const inside = kernels.reduce((sum, { ms }) => sum + ms, 0);
  return [
    `${backend}, ${size}: ${arm}`,
    `${ratio.toFixed(2)} > ${targetOf(row, arm)?.toFixed(2)}`,
    more.toFixed(2),
    `${(own?.operations ?? 0) - (plain?.operations ?? 0)}`,
    kernels
      .filter(({ ms }) => ms >= LEAST)
      .slice(0, SHOWN)
      .map(({ kernel, ms }) => `${kernel} ${ms.toFixed(2)}`)
      .join(', '),
    known ? (more - inside).toFixed(2) : '',
  ];
}
