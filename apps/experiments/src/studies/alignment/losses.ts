import {
  type Comparison,
  compare,
  differenceWithInterval,
  excludesNone,
  type Row,
} from '../../report/comparison.js';
import type { StudyResults } from '../../study.js';
import { ADAM, ADEMAMIX, ADEMAMIX_ON, BETA1, COSINE, LINEAR, LINEAR_ON } from './arms.js';
import type { Condition } from './conditions.js';
import { comparisonsOf } from './measures.js';

/** Who is held against it. */
const HELD_AGAINST: Record<string, string[]> = {
  [ADAM]: [LINEAR, COSINE, LINEAR_ON],
  [BETA1]: [LINEAR, COSINE],
  [ADEMAMIX]: [LINEAR, COSINE],
  [ADEMAMIX_ON]: [LINEAR_ON],
};

/** A sentence for each peer and each form of DMTA that does worse than it, beyond chance, in something. */
export function lossesOf(results: StudyResults, condition: Condition): string[] {
  const arms = results.filter((entry) => entry.condition === condition);
  return Object.entries(HELD_AGAINST)
    .filter(([peer]) => arms.some(({ arm }) => arm === peer) && !isAdam(arms, peer))
    .flatMap(([peer, forms]) => {
      const compared = comparisonsOf(condition, peer).map((comparison) => ({
        comparison,
        rows: compare(arms, comparison),
      }));
      return forms.flatMap((form) => {
        const worse = compared.flatMap(({ comparison, rows }) => worseIn(rows, form, comparison));
        return worse.length > 0
          ? `${condition}: ${form} is worse than ${peer} in test ${worse.join('; ')}.`
          : [];
      });
    });
}

/** A peer that is left off is Adam under another name, and Adam has been said. */
function isAdam(arms: StudyResults, peer: string): boolean {
  const [a, b] = [peer, ADAM].map((name) => arms.find(({ arm }) => arm === name)?.test.lossA);
  return peer !== ADAM && (a as number[]).every((loss, seed) => loss === b?.[seed]);
}

function worseIn(
  rows: readonly Row[],
  form: string,
  { label, better, decimals }: Comparison,
): string[] {
  const difference = rows.find(({ arm }) => arm === form)?.difference;
  if (!difference || !excludesNone(difference)) {
    return [];
  }
  const isWorse = better === 'less' ? difference.mean > 0 : difference.mean < 0;
  return isWorse ? [`${label}, by ${differenceWithInterval(difference, decimals)}`] : [];
}
