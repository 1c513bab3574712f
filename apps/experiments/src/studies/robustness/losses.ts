import { lossesOf } from '../../report/comparison.js';
import type { StudyResults } from '../../study.js';
import { SBMP } from './arms.js';
import { PEERS } from './claims.js';
import { CLEAN, conditionsOf, less, type Measure, NOISY, NOISY_LOSS } from './measures.js';

const COMPARED: readonly [reference: string, measure: Measure][] = [
  ['plain', CLEAN],
  ...['plain', ...PEERS].flatMap((reference): [string, Measure][] => [
    [reference, NOISY],
    [reference, NOISY_LOSS],
  ]),
];

/** Where SBMP is worse than plain training, or under noise than a peer. */
export const losses = (results: StudyResults): string[] =>
  conditionsOf(results).flatMap((condition) =>
    COMPARED.flatMap(([reference, measure]) =>
      lossesOf(
        less(results, condition, reference, measure),
        { condition, reference, ...measure },
        (arm) => arm in SBMP,
      ),
    ),
  );
