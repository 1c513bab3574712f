import {
  compare,
  differenceWithInterval,
  excludesNone,
  type Row,
} from '../../report/comparison.js';
import type { Difference } from '../../statistics/paired.js';
import type { Claim, StudyResults } from '../../study.js';
import { NETWORK } from './arms.js';
import {
  byData,
  type Condition,
  CROSS_ENTROPY,
  conditionsOf,
  EQUAL_TRACE,
  percent,
  TRACE,
} from './measures.js';
import { relative } from './relative.js';

/** Declared before the runs. */
const PRIMARY = Object.keys(NETWORK)[0] as string;

/** @param results With `equalTrace`. */
export function claims(results: StudyResults): Claim[] {
  const conditions = conditionsOf(results);
  const noisy = conditions.filter(({ noise }) => noise > 0);
  const right = conditions.filter(({ noise }) => noise === 0);
  const paper = noisy.filter(({ data, noise }) => data === 'mixture' && noise === 0.2);
  return [
    ...paper.flatMap((condition) => [
      paperClaim(results, condition, TRACE, 41),
      paperClaim(results, condition, EQUAL_TRACE, 41),
      paperClaim(results, condition, CROSS_ENTROPY, 18),
    ]),
    hessianClaim(results, noisy, TRACE),
    hessianClaim(results, noisy, EQUAL_TRACE),
    hessianClaim(results, noisy, CROSS_ENTROPY),
    ...byData(noisy).map(([data, own]) => samClaim(results, data, own)),
    traceClaim(results, noisy, TRACE),
    traceClaim(results, noisy, EQUAL_TRACE),
    ...(right.length > 0 ? [cleanClaim(results, right)] : []),
  ];
}

type Measure = typeof TRACE;

const HEADS = ['SASP fisher', 'SASP hessian'] as const;

/** What the paper's package reports of SASP of the last layer, on a task of which it says no more than its kind. */
function paperClaim(
  results: StudyResults,
  { name }: Condition,
  { measure, label }: Measure,
  figure: number,
): Claim {
  const found = HEADS.map((arm) => ({
    arm,
    change: relative(results, name, measure, [arm, 'plain']),
  }));
  const best = found.reduce((a, b) => (b.change.mean < a.change.mean ? b : a));
  return {
    statement: `SASP of the last layer, fisher or hessian, lowers the ${label} by ${figure} % (the paper's package reports ${figure} % of one run, on a task of its own)`,
    found: `${name}: ${found.map(({ arm, change }) => `${arm} ${inPercent(change)}`).join(', ')}`,
    holds: best.change.mean <= -figure && best.change.high < 0,
  };
}

function hessianClaim(
  results: StudyResults,
  conditions: readonly Condition[],
  { measure, label }: Measure,
): Claim {
  const found = changes(results, conditions, measure, ['SASP hessian', 'SASP fisher']);
  const lower = found.filter(({ change }) => change.high < 0).length;
  const higher = found.filter(({ change }) => change.low > 0).length;
  return {
    statement: `SASP hessian has a lower ${label} than SASP fisher, in most conditions with label noise, and in none a higher one`,
    found: `lower in ${lower} of ${found.length}, higher in ${higher}: ${listed(found)}`,
    holds: lower > found.length / 2 && higher === 0,
  };
}

/** What the other variants do is told beside it; the claim holds or falls with the first. */
function samClaim(results: StudyResults, data: string, conditions: readonly Condition[]): Claim {
  const tables = conditions.map(({ name, noise }) => {
    const comparison = { ...CROSS_ENTROPY, condition: name, reference: 'SAM' };
    return { noise, rows: compare(results, comparison) };
  });
  const found = Object.keys(NETWORK).map((variant) => {
    const differences = tables.map(
      ({ noise, rows }) =>
        `${percent(noise)}: ${differenceWithInterval(differenceOf(rows, variant), CROSS_ENTROPY.decimals)}`,
    );
    return `${variant.replace('SASP network, ', '')} ${differences.join(', ')}`;
  });
  return {
    statement: `${PRIMARY}, has a lower test cross-entropy than tuned SAM with label noise: ${data}`,
    found: found.join('; '),
    holds: tables.every(({ rows }) => {
      const difference = differenceOf(rows, PRIMARY);
      return difference.mean < 0 && excludesNone(difference);
    }),
  };
}

function traceClaim(
  results: StudyResults,
  conditions: readonly Condition[],
  { measure, label }: Measure,
): Claim {
  const found = changes(results, conditions, measure, [PRIMARY, 'plain']);
  return {
    statement: `${PRIMARY}, has a ${label} at least 60 % below plain's, with label noise`,
    found: listed(found),
    holds: found.every(({ change }) => change.mean <= -60 && change.high < 0),
  };
}

function cleanClaim(results: StudyResults, conditions: readonly Condition[]): Claim {
  const found = conditions.map(({ name, data }) => {
    const comparison = { ...CROSS_ENTROPY, condition: name, reference: 'plain' };
    return { data, difference: differenceOf(compare(results, comparison), PRIMARY) };
  });
  return {
    statement: `${PRIMARY}, has no higher test cross-entropy than plain with clean labels`,
    found: found
      .map(
        ({ data, difference }) =>
          `${data}: ${differenceWithInterval(difference, CROSS_ENTROPY.decimals)}`,
      )
      .join('; '),
    holds: found.every(({ difference }) => difference.low <= 0),
  };
}

interface Change {
  condition: Condition;
  change: Difference;
}

/** By how much, in per cent, the first arm differs from the second. */
const changes = (
  results: StudyResults,
  conditions: readonly Condition[],
  measure: string,
  arms: [string, string],
): Change[] =>
  conditions.map((condition) => ({
    condition,
    change: relative(results, condition.name, measure, arms),
  }));

const differenceOf = (rows: readonly Row[], arm: string): Difference =>
  rows.find((row) => row.arm === arm)?.difference as Difference;

function listed(found: readonly Change[]): string {
  const conditions = found.map(({ condition }) => condition);
  return byData(conditions)
    .map(([data, own]) => {
      const changes = own.map((condition) => {
        const { change } = found.find(
          (entry) => entry.condition === condition,
        ) as (typeof found)[0];
        return `${percent(condition.noise)}: ${inPercent(change)}`;
      });
      return `${data} ${changes.join(', ')}`;
    })
    .join('; ');
}

const signed = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(0)}`;

const inPercent = ({ mean, low, high }: Difference): string =>
  `${signed(mean)} % [${signed(low)}, ${signed(high)}]`;
