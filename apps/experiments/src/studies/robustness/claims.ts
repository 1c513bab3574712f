import { differenceWithInterval, excludesNone } from '../../report/comparison.js';
import type { Difference } from '../../statistics/paired.js';
import type { Claim, StudyResults } from '../../study.js';
import { SBMP } from './arms.js';
import { CLEAN, conditionsOf, difference, type Measure, NOISY } from './measures.js';

/** Percentage points by which an arm may be behind and still count as no worse: set before the runs. */
const MARGIN = 1;

/** The peers that SBMP is measured by, each with its own knob. */
export const PEERS = ['NEFTune', 'SymNoise', 'R-Drop'] as const;

export const claims = (results: StudyResults): Claim[] => [
  ...Object.keys(SBMP).map((arm) =>
    claim(
      results,
      `${arm}: more accurate than plain training under noise at the input, on every data set`,
      [arm, 'plain', NOISY],
      (found) => excludesNone(found) && found.mean > 0,
    ),
  ),
  ...PEERS.map((peer) =>
    claim(
      results,
      `SBMP: at least as accurate as tuned ${peer} under noise, to within ${MARGIN} point, on every data set`,
      ['SBMP', peer, NOISY],
      noWorse,
    ),
  ),
  claim(
    results,
    `SBMP: no less accurate than plain training on clean images, to within ${MARGIN} point, on every data set`,
    ['SBMP', 'plain', CLEAN],
    noWorse,
  ),
];

/** The whole interval lies above. */
const noWorse = ({ low }: Difference): boolean => low > -MARGIN;

/** It holds where it holds under all conditions. */
function claim(
  results: StudyResults,
  statement: string,
  [arm, reference, measure]: [arm: string, reference: string, measure: Measure],
  holds: (found: Difference) => boolean,
): Claim {
  const found = conditionsOf(results).map((condition) => ({
    condition,
    found: difference(results, condition, arm, reference, measure),
  }));
  return {
    statement,
    found: found
      .map(({ condition, found }) => `${condition}: ${differenceWithInterval(found, 1)} points`)
      .join('; '),
    holds: found.every(({ found }) => holds(found)),
  };
}
