import * as tf from '@tensorflow/tfjs-core';
import { constant, holdBack, hostView, isInGradient, reachedGradients } from '@toploss/core/kit';
import { check, checkEntries } from './inputs.js';

/**
 * For each task ℓ, and as `result` a constant made of ∂ℓ/∂x for the inputs that ℓ reaches, on the tape of the losses.
 * Nothing for a task that is `null`. A constant 0 reaches no input.
 */
export function taskGradients<T extends tf.Tensor>(
  argument: string,
  losses: unknown,
  inputs: tf.Tensor[],
  of: (grads: tf.Tensor[]) => T,
): ({ loss: tf.Scalar; result: T } | undefined)[] {
  const unreached = new Map<number, tf.Scalar>();
  const tasks = checkLosses(argument, losses).map((loss, task) => {
    const result = () => {
      const reached = reachedGradients(loss as tf.Scalar, inputs);
      if (reached.length === 0) {
        unreached.set(task, loss as tf.Scalar);
      }
      return of(reached);
    };
    return loss === null ? undefined : { loss, result: constant(result) };
  });
  const noneReaches = tasks.every((task, k) => task === undefined || unreached.has(k));
  for (const [task, loss] of unreached) {
    if (noneReaches || isNonzero(loss)) {
      const expected =
        'to be computed from what the tasks share, in this call or in the gradient around it, or to be null where the batch does not have the task';
      check.reject(`${argument}[${task}]`, expected, loss);
    }
  }
  return tasks;
}

function checkLosses(argument: string, losses: unknown): (tf.Scalar | null)[] {
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
export function onOneTape<X extends tf.Scalar | undefined>(f: () => X[]): X[] {
  if (isInGradient()) {
    return f(); // on the tape of the gradient
  }
  let kept: X[] = [];
  const tape = holdBack(() => {
    kept = f().map((x) => x && (tf.keep(x) as X));
    return tf.scalar(0);
  });
  tf.engine().gradients(tape.f, [tf.scalar(0)], undefined, true);
  tape.rethrow();
  const results = kept.map((x) => x && (tf.clone(x) as X)); // which the caller's scope owns
  tf.dispose(kept);
  return results;
}
