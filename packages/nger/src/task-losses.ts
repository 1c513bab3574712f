import * as tf from '@tensorflow/tfjs-core';
import { alias, hostView, isInGradient, onTape } from '@toploss/core/kit';
import { check, checkEntries } from './inputs.js';

/** Throws where a loss that is not 0 is not computed from what the tasks share, or none is. */
export function checkReached(
  argument: string,
  losses: readonly (tf.Scalar | null)[],
  isReached: readonly boolean[],
): void {
  const noneReaches = !isReached.includes(true);
  for (const [task, loss] of losses.entries()) {
    if (loss !== null && !isReached[task] && (noneReaches || isNonzero(loss))) {
      const expected =
        'to be computed from what the tasks share, in this call or in the gradient around it, or to be null where the batch does not have the task';
      check.reject(`${argument}[${task}]`, expected, loss);
    }
  }
}

/** The losses of the tasks, or throws. */
export function checkLosses(argument: string, losses: unknown): (tf.Scalar | null)[] {
  if (!Array.isArray(losses) || losses.every((loss) => loss === null)) {
    check.reject(argument, 'to be a non-empty array of scalars, not all of them null', losses);
  }
  checkEntries(argument, losses);
  for (const [task, loss] of losses.entries()) {
    if (loss !== null) {
      check.tensor(`${argument}[${task}]`, loss, []);
    }
  }
  return losses;
}

/** Where it can be seen. */
const isNonzero = (loss: tf.Scalar): boolean => (hostView(loss)?.[0] ?? 0) !== 0;

/** f, all of it on one tape, so that what it computes once can be differentiated several times in it. */
export function onOneTape<X extends tf.Tensor | undefined>(f: () => X[]): X[] {
  if (isInGradient()) {
    return f(); // on the tape of the gradient
  }
  let kept: X[] = [];
  const keeping = () => {
    kept = f().map((x) => x && (tf.keep(x) as X));
    return tf.scalar(0);
  };
  onTape(keeping, (f) => tf.engine().gradients(f, [tf.scalar(0)], undefined, true));
  const results = kept.map((x) => x && alias(x)); // which the caller's scope owns
  tf.dispose(kept);
  return results;
}
