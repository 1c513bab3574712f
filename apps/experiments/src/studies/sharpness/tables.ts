import {
  type Comparison,
  compare,
  comparisonTable,
  differenceWithInterval,
  excludesNone,
  type Row,
} from '../../report/comparison.js';
import { table } from '../../report/table.js';
import { bootstrap } from '../../statistics/bootstrap.js';
import { mean } from '../../statistics/mean.js';
import type { StudyResults } from '../../study.js';
import { type Condition, CROSS_ENTROPY, percent } from './measures.js';

type Measure = typeof CROSS_ENTROPY;

/** Arms by noise, of one data set: bold where better than plain beyond chance, italic where worse. */
export function summaryTable(
  results: StudyResults,
  conditions: readonly Condition[],
  measure: Measure,
): string {
  return byNoise(conditions, (condition) => {
    const own = results.filter(({ test }) => test[measure.measure] !== undefined);
    const comparison = { ...measure, condition, reference: 'plain' };
    return compare(own, comparison).map((row) => [row.arm, marked(row, comparison)]);
  });
}

/** What every arm's test cross-entropy is less that of tuned SAM. */
export const againstSam = (results: StudyResults, conditions: readonly Condition[]): string =>
  byNoise(conditions, (condition) => {
    const comparison = { ...CROSS_ENTROPY, condition, reference: 'SAM' };
    return compare(results, comparison).flatMap(({ arm, difference }) =>
      difference ? [[arm, differenceWithInterval(difference, comparison.decimals)]] : [],
    );
  });

const PEERS = ['plain', 'early stopping', 'L2', 'SAM'];

/** In how many conditions every arm is better than a peer, beyond chance, and in how many worse. */
export function countTable(
  results: StudyResults,
  conditions: readonly Condition[],
  measure: Measure,
): string {
  const counts = PEERS.map((reference) => {
    const rows = conditions.flatMap(({ name }) =>
      compare(results, { ...measure, condition: name, reference }),
    );
    return (arm: string): string => {
      const certain = rows.flatMap((row) =>
        row.arm === arm && row.difference && excludesNone(row.difference)
          ? row.difference.mean
          : [],
      );
      const lower = certain.filter((x) => x < 0).length;
      const [better, worse] =
        measure.better === 'less'
          ? [lower, certain.length - lower]
          : [certain.length - lower, lower];
      return arm === reference ? '' : `${better} / ${worse}`;
    };
  });
  const arms = [...new Set(results.map(({ arm }) => arm))];
  return table(
    ['', ...PEERS.map((peer) => `than ${peer}`)],
    arms.map((arm) => [arm, ...counts.map((count) => count(arm))]),
  );
}

function byNoise(
  conditions: readonly Condition[],
  cells: (condition: string) => (readonly string[])[],
): string {
  const columns = conditions.map(({ name }) => new Map(cells(name) as [string, string][]));
  const arms = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  return table(
    ['', ...conditions.map(({ noise }) => percent(noise))],
    arms.map((arm) => [arm, ...columns.map((column) => column.get(arm) ?? '')]),
  );
}

function marked({ values, difference }: Row, { better, decimals }: Comparison): string {
  const { low, high } = bootstrap(values);
  const text = `${mean(values).toFixed(decimals)} ± ${((high - low) / 2).toFixed(decimals)}`;
  if (!difference || !excludesNone(difference)) {
    return text;
  }
  const isBetter = better === 'less' ? difference.mean < 0 : difference.mean > 0;
  return isBetter ? `**${text}**` : `*${text}*`;
}

/** With what was chosen, the differences and p. */
export const fullTable = (results: StudyResults, { name }: Condition): string => {
  const comparison = { ...CROSS_ENTROPY, condition: name, reference: 'plain' };
  return comparisonTable(compare(results, comparison), comparison);
};

/** `mixture: L2 at 0 %, …`: which arm has the least mean, or the most. */
export function bestOf(
  results: StudyResults,
  conditions: readonly Condition[],
  { measure, better }: Measure,
): string {
  return conditions
    .map(({ name, noise }) => {
      const own = results.filter(({ condition }) => condition === name);
      const score = (entry: (typeof own)[number]) =>
        (better === 'less' ? 1 : -1) * mean(entry.test[measure] as number[]);
      const best = own.reduce((a, b) => (score(b) < score(a) ? b : a));
      return `${best.arm} at ${percent(noise)}`;
    })
    .join(', ');
}
