import { ACCURACY, CROSS_ENTROPY } from '../../classification/measures.js';
import { compare, differenceWithInterval, excludesNone } from '../../report/comparison.js';
import { table } from '../../report/table.js';
import { type Difference, holm, paired } from '../../statistics/paired.js';
import type { ArmResults, StudyResults } from '../../study.js';
import { CONDITIONS } from './arms.js';
import { type Measure, valuesOf } from './measures.js';

/** The peers that the arms of CVP are held against, beside plain. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['CVP cautious', 'L2'],
  ['CVP cautious', 'CVP hard'],
  ['CVP cautious', 'AdamW'],
  ['CVP cautious', 'CWD'],
  ['CVP expansion', 'L2'],
  ['CVP hard', 'L2'],
  ['CVP hard', 'AdamW'],
  ['CVP hard', 'CWD'],
  ['CVP raw', 'L2'],
  ['CVP decoupled', 'L2'],
  ['CVP decoupled', 'AdamW'],
  ['CVP decoupled', 'CWD'],
];

interface Compared {
  condition: string;
  arm: string;
  reference: string;
  difference: Difference;
}

/** Every pair under every condition that has both, with Holm's p over all of them. */
export function pairsOf(results: StudyResults, measure: Measure): Compared[] {
  const pairs = PAIRS.flatMap(([arm, reference]) =>
    CONDITIONS.flatMap(({ name: condition }): Compared[] => {
      const [a, b] = [arm, reference].map((name) => valuesOf(results, condition, name, measure));
      return a && b ? [{ condition, arm, reference, difference: paired(a, b) }] : [];
    }),
  );
  const ps = holm(pairs.map(({ difference }) => difference.p));
  return pairs.map((pair, k) => ({
    ...pair,
    difference: { ...pair.difference, p: ps[k] as number },
  }));
}

export function pairTable(results: StudyResults, measure: Measure): string {
  const pairs = pairsOf(results, measure);
  return table(
    ['', ...CONDITIONS.map(({ name }) => name)],
    PAIRS.map(([arm, reference]) => [
      `${arm} − ${reference}`,
      ...CONDITIONS.map(({ name }) => {
        const found = pairs.find(
          (pair) => pair.condition === name && pair.arm === arm && pair.reference === reference,
        );
        return found ? differenceWithInterval(found.difference, measure.decimals) : '';
      }),
    ]),
  );
}

/** The arms that are compared at the λ that was chosen for them. */
export const chosenArms = (results: StudyResults, condition: string): ArmResults[] =>
  results.filter((entry) => entry.condition === condition && !entry.arm.endsWith(' collapse'));

/** A sentence for each arm of CVP and each that it does worse than, beyond chance, with the conditions where. */
export const lossesOf = (results: StudyResults): string[] =>
  [ACCURACY, CROSS_ENTROPY].flatMap((measure) => {
    const worse = [...besidePlain(results, measure), ...pairsOf(results, measure)].filter(
      ({ arm, reference, difference }) =>
        arm.startsWith('CVP') &&
        !reference.startsWith('CVP') &&
        excludesNone(difference) &&
        (measure.better === 'more' ? difference.mean < 0 : difference.mean > 0),
    );
    const keys = new Set(worse.map(({ arm, reference }) => `${arm} than ${reference}`));
    return [...keys].map((key) => {
      const where = worse
        .filter(({ arm, reference }) => `${arm} than ${reference}` === key)
        .map(
          ({ condition, difference }) =>
            `${condition} (${differenceWithInterval({ ...difference, p: 1 }, measure.decimals)})`,
        );
      return `${measure.label}: worse with ${key}: ${where.join('; ')}.`;
    });
  });

const besidePlain = (results: StudyResults, measure: Measure): Compared[] =>
  CONDITIONS.flatMap(({ name: condition }) =>
    compare(chosenArms(results, condition), { condition, reference: 'plain', ...measure }).flatMap(
      ({ arm, difference }) =>
        difference ? [{ condition, arm, reference: 'plain', difference }] : [],
    ),
  );
