import type { Comparison } from '../../report/comparison.js';
import { ADAM } from './arms.js';
import { CONDITIONS, type Condition } from './conditions.js';

type Measure = Pick<Comparison, 'measure' | 'label' | 'better' | 'decimals' | 'scale'>;

const SINGLE: Measure[] = [
  { measure: 'lossA', label: 'loss', better: 'less', decimals: 3 },
  { measure: 'courseA', label: 'loss, mean over the steps', better: 'less', decimals: 3 },
  { measure: 'accuracyA', label: 'accuracy in %', better: 'more', decimals: 1, scale: 100 },
];

const SWITCH: Measure[] = [
  { measure: 'switchA', label: 'loss on A at the switch', better: 'less', decimals: 3 },
  { measure: 'lossA', label: 'loss on A at the end', better: 'less', decimals: 2 },
  { measure: 'lossB', label: 'loss on B at the end', better: 'less', decimals: 3 },
  { measure: 'mean', label: 'loss at the end, mean of both', better: 'less', decimals: 2 },
  { measure: 'alike', label: 'loss on A at equal loss on B', better: 'less', decimals: 2 },
];

/** What the arms are compared by, with Adam or another arm. */
export const comparisonsOf = (condition: Condition, reference: string = ADAM): Comparison[] =>
  (CONDITIONS[condition].steps.length > 1 ? SWITCH : SINGLE).map((measure) => ({
    condition,
    reference,
    ...measure,
  }));

export function comparisonOf(
  condition: Condition,
  measure: string,
  reference: string = ADAM,
): Comparison {
  const found = comparisonsOf(condition, reference).find((entry) => entry.measure === measure);
  if (found === undefined) {
    throw new Error(`experiments: expected a measure of ${condition}. Received: ${measure}`);
  }
  return found;
}
