import { armOf } from '../../report/comparison.js';
import { mean } from '../../statistics/mean.js';
import { type Ratio, ratioOfMeans } from '../../statistics/ratio.js';
import type { Claim, StudyResults } from '../../study.js';
import { EQUAL, NGER_DEFAULT, ORACLE } from './arms.js';

const errorsOf = (results: StudyResults, condition: string, arm: string) =>
  armOf(results, condition, arm).test.error as number[];

export const ratioOf = (results: StudyResults, condition: string, arm: string, to: string): Ratio =>
  ratioOfMeans(errorsOf(results, condition, arm), errorsOf(results, condition, to));

export const ratioText = ({ ratio, low, high }: Ratio): string =>
  `${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** The two aims. The floor was named before the runs: the default. */
export function claimsOf(results: StudyResults): Claim[] {
  const error = (arm: string) => mean(errorsOf(results, 'regression', arm)).toFixed(3);
  const gain = ratioOf(results, 'regression', EQUAL, NGER_DEFAULT);
  const rest = ratioOf(results, 'regression', NGER_DEFAULT, ORACLE);
  return [
    {
      statement:
        'NGER recovers the clean signal beside a noisy task at least 1.8 times better than equal weights (reported: squared error .251 → .139), with an interval that excludes 1',
      found: `${error(EQUAL)} → ${error(NGER_DEFAULT)} with the default floor: ${ratioText(gain)} times`,
      holds: gain.ratio >= 1.8 && gain.low > 1,
    },
    {
      statement: 'NGER is within 15 % of the oracle that drops the noisy task, all of the interval',
      found: `${error(NGER_DEFAULT)} against ${error(ORACLE)}: ${ratioText(rest)} times`,
      holds: rest.high <= 1.15,
    },
  ];
}
