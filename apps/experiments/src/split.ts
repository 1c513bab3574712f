import { random } from '@toploss/examples/random';

/** Positions in the data. */
export interface Split {
  training: number[];
  validation: number[];
  test: number[];
}

/**
 * The test examples are the same for every seed, so that nothing which chose a hyperparameter is ever tested on;
 * the seed deals the others out to training and validation.
 */
export function split(
  count: number,
  { training, validation }: { training: number; validation: number },
  seed: number,
): Split {
  const order = random(0, 'test set').permutation(count);
  const pool = order.slice(0, training + validation);
  const dealt = random(seed, 'split')
    .permutation(pool.length)
    .map((k) => pool[k] as number);
  return {
    training: dealt.slice(0, training),
    validation: dealt.slice(training),
    test: order.slice(training + validation),
  };
}
