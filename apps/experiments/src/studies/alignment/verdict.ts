import { compare } from '../../report/comparison.js';
import { mean } from '../../statistics/mean.js';
import type { StudyResults } from '../../study.js';
import { ADEMAMIX, COSINE, LINEAR } from './arms.js';
import { CONDITIONS, type Condition } from './conditions.js';
import { comparisonOf } from './measures.js';

/** A line for each condition: who is best and who worst, and which methods were left off. */
export function verdict(results: StudyResults): string {
  const conditions = Object.keys(CONDITIONS) as Condition[];
  return conditions.map((condition) => `- ${ranking(results, condition)}`).join('\n');
}

function ranking(results: StudyResults, condition: Condition): string {
  const isSwitch = CONDITIONS[condition].steps.length > 1;
  const comparison = comparisonOf(condition, isSwitch ? 'alike' : 'lossA');
  const ranked = compare(results, comparison)
    .map(({ arm, chosen, values }) => ({ arm, chosen, score: mean(values) }))
    .sort((a, b) => a.score - b.score);
  const [best, worst] = [ranked[0], ranked.at(-1)].map(
    (entry) =>
      `${entry?.arm}${entry?.chosen ? ` (${entry.chosen})` : ''}, ${entry?.score.toFixed(comparison.decimals)}`,
  );
  const off = ranked
    .filter(
      ({ arm, chosen }) =>
        [LINEAR, ADEMAMIX, COSINE].includes(arm as never) && / = 0$/.test(chosen),
    )
    .map(({ arm }) => arm);
  const rest = off.length > 0 ? ` Validation switched off ${off.sort().join(' and ')}.` : '';
  return `${condition}, test ${comparison.label}: lowest with ${best}; highest with ${worst}.${rest}`;
}
