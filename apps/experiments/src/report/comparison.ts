import { bootstrap } from '../statistics/bootstrap.js';
import { mean } from '../statistics/mean.js';
import { type Difference, holm, paired } from '../statistics/paired.js';
import type { ArmResults, StudyResults } from '../study.js';
import { table } from './table.js';

export interface Comparison {
  condition: string;
  /** A number of `test`. */
  measure: string;
  /** As a reader calls it: `test cross-entropy`. */
  label: string;
  better: 'less' | 'more';
  /** The arm whose seeds the others' are paired with. */
  reference: string;
  decimals: number;
  /** For percentages: 100. */
  scale?: number;
}

export interface Row {
  arm: string;
  chosen: string;
  edge: boolean;
  values: number[];
  /** To the reference; undefined for the reference itself. `p` is Holm's, over the arms of this comparison. */
  difference: Difference | undefined;
}

/** Every arm compared with the reference, under one condition. */
export function compare(results: StudyResults, comparison: Comparison): Row[] {
  const { condition, reference } = comparison;
  const arms = results.filter((entry) => entry.condition === condition);
  const base = valuesOf(armOf(results, condition, reference), comparison);
  const rows = arms.map((entry) => {
    const values = valuesOf(entry, comparison);
    return {
      arm: entry.arm,
      chosen: entry.chosen,
      edge: entry.edge,
      values,
      difference: entry.arm === reference ? undefined : paired(values, base),
    };
  });
  const ps = holm(rows.flatMap(({ difference }) => difference?.p ?? []));
  return rows.map((row) =>
    row.difference ? { ...row, difference: { ...row.difference, p: ps.shift() as number } } : row,
  );
}

export function armOf(results: StudyResults, condition: string, arm: string): ArmResults {
  const found = results.find((entry) => entry.condition === condition && entry.arm === arm);
  if (found === undefined) {
    throw new Error(`experiments: expected results of ${arm} for ${condition}. Received: none`);
  }
  return found;
}

const valuesOf = ({ test }: ArmResults, { measure, scale = 1 }: Comparison): number[] =>
  (test[measure] as number[]).map((x) => scale * x);

/** The mean with its interval, the paired difference with its own, and p; a bold difference excludes none. */
export function comparisonTable(rows: readonly Row[], comparison: Comparison): string {
  const { label, reference, decimals } = comparison;
  const header = ['', 'chosen', label, `minus ${reference}`, 'p'];
  return table(
    header,
    rows.map(({ arm, chosen, edge, values, difference }) => [
      arm,
      edge ? `${chosen} (at the edge)` : chosen,
      meanWithInterval(values, decimals),
      difference ? differenceWithInterval(difference, decimals) : '',
      difference ? pValue(difference.p) : '',
    ]),
  );
}

const fixed = (x: number, decimals: number) => x.toFixed(decimals).replace('-', '−');

export function meanWithInterval(values: readonly number[], decimals: number): string {
  const { low, high } = bootstrap(values);
  return `${fixed(mean(values), decimals)} [${fixed(low, decimals)}, ${fixed(high, decimals)}]`;
}

export function differenceWithInterval(difference: Difference, decimals: number): string {
  const { mean: center, low, high } = difference;
  const number = `${fixed(center, decimals)} [${fixed(low, decimals)}, ${fixed(high, decimals)}]`;
  return excludesNone(difference) ? `**${number}**` : number;
}

/** The interval excludes no difference, and so does the test. */
export const excludesNone = ({ low, high, p }: Difference): boolean =>
  (low > 0 || high < 0) && p < 0.05;

export const pValue = (p: number): string =>
  p < 0.001 ? '< .001' : p.toFixed(3).replace(/^0/, '');

/** A sentence for every penalty that does worse than the reference, beyond chance. */
export function lossesOf(
  rows: readonly Row[],
  { condition, label, better, reference, decimals }: Comparison,
  isPenalty: (arm: string) => boolean,
): string[] {
  return rows.flatMap(({ arm, difference }) => {
    if (!difference || !isPenalty(arm) || !excludesNone(difference)) {
      return [];
    }
    const worse = better === 'less' ? difference.mean > 0 : difference.mean < 0;
    return worse
      ? `${condition}: ${arm} has ${difference.mean > 0 ? 'more' : 'less'} ${label} than ${reference}, by ${differenceWithInterval(difference, decimals)}.`
      : [];
  });
}
