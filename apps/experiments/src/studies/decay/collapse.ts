import { ACCURACY } from '../../classification/measures.js';
import { armOf, differenceWithInterval } from '../../report/comparison.js';
import { table } from '../../report/table.js';
import { type Difference, holm, paired } from '../../statistics/paired.js';
import type { Claim, StudyResults } from '../../study.js';
import { AT_COLLAPSE, atCollapse, CONDITIONS, type Condition } from './arms.js';
import { collapseIn, curveOf } from './curves.js';
import { valuesOf } from './measures.js';

/** How many points below its best an arm may be and still be called robust. */
export const POINTS = 2;
/** How many L2 has to lose for its λ to count as a collapse. */
export const COLLAPSE = 20;

/** What arms lose where L2 collapses. */
export interface Collapse {
  condition: Condition;
  /** Points of test accuracy, by arm: at the chosen λ, less at that of the collapse. p is Holm's, over all. */
  lost: Record<string, Difference>;
  /** The λ that the same rule finds in the curves of all tuning seeds. */
  inCurves: number | undefined;
}

export function collapsesOf(results: StudyResults): Collapse[] {
  const entries = CONDITIONS.flatMap((condition) =>
    AT_COLLAPSE.map((arm) => {
      const [chosen, there] = [arm, atCollapse(arm)].map((name) =>
        valuesOf(results, condition.name, name, ACCURACY),
      ) as [number[], number[]];
      return { condition, arm, lost: paired(chosen, there) };
    }),
  );
  const ps = holm(entries.map(({ lost }) => lost.p));
  const corrected = entries.map((entry, k) => ({
    ...entry,
    lost: { ...entry.lost, p: ps[k] as number },
  }));
  return CONDITIONS.map((condition) => ({
    condition,
    lost: Object.fromEntries(
      corrected
        .filter((entry) => entry.condition === condition)
        .map(({ arm, lost }) => [arm, lost]),
    ),
    inCurves: collapseIn(curveOf(armOf(results, condition.name, 'L2')), COLLAPSE),
  }));
}

export const collapseTable = (collapses: readonly Collapse[]): string =>
  table(
    ['', 'λ', 'by three seeds', ...AT_COLLAPSE],
    collapses.map(({ condition, lost, inCurves }) => [
      condition.name,
      String(condition.collapse),
      String(inCurves ?? 'none'),
      ...AT_COLLAPSE.map((arm) => differenceWithInterval(lost[arm] as Difference, 1)),
    ]),
  );

export function claimOf({ condition: { name, collapse }, lost }: Collapse): Claim {
  const [l2, cvp] = [lost.L2, lost['CVP cautious']] as [Difference, Difference];
  const text = (difference: Difference) => differenceWithInterval({ ...difference, p: 1 }, 1);
  return {
    statement: `CVP is robust over λ where uniform L2 overshrinks: CVP cautious within ${POINTS} points of its best accuracy where L2 collapses, ${name}, λ = ${collapse}`,
    found: `L2 loses ${text(l2)} points there, CVP cautious ${text(cvp)}`,
    holds: l2.mean >= COLLAPSE && cvp.high <= POINTS,
  };
}
