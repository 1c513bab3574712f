import {
  type Comparison,
  compare,
  differenceWithInterval,
  excludesNone,
  pValue,
  type Row,
} from '../../report/comparison.js';
import { mean } from '../../statistics/mean.js';
import type { Claim, StudyResults } from '../../study.js';
import { ADEMAMIX, COSINE, LINEAR, LINEAR_ON } from './arms.js';
import type { Condition } from './conditions.js';
import { comparisonOf } from './measures.js';

/** What counts as not worse: the interval ends below so much more, as a fraction. */
const MARGIN = 0.05;

const SINGLE: Condition[] = ['digits', 'a language'];
const SWITCH: Condition[] = ['digits 0–4, then 5–9', 'one language, then another'];

/** @param results Those of `withCourse`, of all conditions. */
export function claimsOf(results: StudyResults): Claim[] {
  return [
    ...SINGLE.flatMap((condition) => [
      ...[LINEAR, COSINE].map((arm) => lower(results, arm, comparisonOf(condition, 'lossA'))),
      notWorse(results, LINEAR, comparisonOf(condition, 'lossA', ADEMAMIX)),
    ]),
    ...SWITCH.flatMap((condition) => [
      lower(results, LINEAR, comparisonOf(condition, 'lossA')),
      ...[LINEAR_ON, COSINE].map((arm) => lower(results, arm, comparisonOf(condition, 'alike'))),
    ]),
  ];
}

/** The interval of the difference lies below 0, and the corrected p below .05. */
function lower(results: StudyResults, arm: string, comparison: Comparison): Claim {
  const { condition, label, reference, decimals } = comparison;
  const { difference, chosen } = rowOf(results, arm, comparison);
  const { low, high, p } = difference;
  const isOff = low === 0 && high === 0;
  const found = `${differenceWithInterval(difference, decimals)}, p ${pValue(p)}`;
  return {
    statement: `${condition}: ${arm} has a lower test ${label} than ${reference}`,
    found: isOff ? `none: ${chosen} is chosen` : [found, chosen].filter(Boolean).join(', '),
    holds: excludesNone(difference) && difference.mean < 0,
  };
}

function notWorse(results: StudyResults, arm: string, comparison: Comparison): Claim {
  const { condition, label, reference, decimals } = comparison;
  const { difference, values } = rowOf(results, arm, comparison);
  const ofReference = mean(values) - difference.mean;
  return {
    statement: `${condition}: the test ${label} of ${arm} is at most ${100 * MARGIN} % above that of ${reference}`,
    found: `${differenceWithInterval(difference, decimals)} compared with ${ofReference.toFixed(decimals)}`,
    holds: difference.high <= MARGIN * ofReference,
  };
}

function rowOf(results: StudyResults, arm: string, comparison: Comparison) {
  const row = compare(results, comparison).find((entry) => entry.arm === arm);
  if (row?.difference === undefined) {
    throw new Error(`experiments: expected results of ${arm}. Received: none`);
  }
  return row as Row & { difference: NonNullable<Row['difference']> };
}
