import type { ArmResults, StudyResults } from '../../study.js';

/** With early stopping as an arm behind plain: its runs are the plain ones, at the epoch of the least validation cross-entropy. */
export const withEarlyStopping = (results: StudyResults): StudyResults =>
  results.flatMap((entry) => (entry.arm === 'plain' ? [entry, stopped(entry)] : [entry]));

function stopped(plain: ArmResults): ArmResults {
  const { stoppedCrossEntropy, stoppedAccuracy } = plain.test;
  return {
    ...plain,
    arm: 'early stopping',
    test: { crossEntropy: stoppedCrossEntropy ?? [], accuracy: stoppedAccuracy ?? [] },
  };
}
