import {
  type Comparison,
  compare,
  differenceWithInterval,
  excludesNone,
} from '../../report/comparison.js';
import type { StudyResults } from '../../study.js';
import { ACCURACY, CROSS_ENTROPY, conditionsOf } from './measures.js';

const COMPARED = [
  { ...CROSS_ENTROPY, reference: 'plain' },
  { ...ACCURACY, reference: 'plain' },
  ...['SAM', 'L2', 'early stopping'].map((reference) => ({ ...CROSS_ENTROPY, reference })),
];

/** Where SASP does worse than plain or than a peer, beyond chance: a sentence for every arm and peer. */
export function losses(results: StudyResults): string[] {
  const arms = [...new Set(results.map(({ arm }) => arm))].filter((arm) => arm.startsWith('SASP'));
  const conditions = conditionsOf(results);
  return COMPARED.flatMap((measure) => {
    const tables = conditions.map(({ name }) => ({
      name,
      rows: compare(results, { ...measure, condition: name }),
    }));
    return arms.flatMap((arm) => {
      const worse = tables.flatMap(({ name, rows }) => {
        const difference = rows.find((row) => row.arm === arm)?.difference;
        return difference && excludesNone(difference) && isWorse(difference.mean, measure)
          ? `${name} by ${differenceWithInterval(difference, measure.decimals)}`
          : [];
      });
      const more = measure.better === 'less' ? 'more' : 'less';
      return worse.length > 0
        ? `${arm}${arm.includes(',') ? ',' : ''} has ${more} ${measure.label} than ${measure.reference} in ${worse.length} of ${conditions.length} conditions: ${worse.join('; ')}.`
        : [];
    });
  });
}

const isWorse = (difference: number, { better }: Pick<Comparison, 'better'>): boolean =>
  better === 'less' ? difference > 0 : difference < 0;
