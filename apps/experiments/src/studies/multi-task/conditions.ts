import type { Problem } from './problem.js';

/** How the report speaks of a condition. They are named after their data. */
interface Words {
  /** The error of the clean task. */
  error: string;
  /** What no prediction gets the expected error of the noisy task below. */
  noise: string;
}

const WORDS: Record<Problem['data'], Words> = {
  regression: { error: 'squared error', noise: '9, the variance of its targets' },
  digits: { error: 'cross-entropy', noise: 'ln 10 = 2.303, the entropy of its labels' },
  penguins: { error: 'cross-entropy', noise: '1, the variance of its targets' },
};

export const wordsOf = (condition: string): Words => WORDS[condition as Problem['data']];
