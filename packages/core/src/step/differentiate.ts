import * as tf from '@tensorflow/tfjs-core';
import { Checks, isTensorOf } from '../kit/check.js';
import { withPullback } from '../kit/closed-form.js';
import { isZeroPenalty } from '../kit/weight.js';
import { check } from './check.js';
import { alias, type KeptTensors } from './kept.js';
import { type Minimizer, minimizedGradients } from './minimized.js';
import type { SortedTerms } from './sort-terms.js';

/** The result of `forward`: the base loss and the inputs of the terms. */
type ForwardOutputs = { loss: tf.Tensor };

/**
 * One forward pass, the penalties of all terms, and one backward pass:
 *
 *     total = L + Σ λΦ,   g = ∂ total/∂θ
 *
 * tfjs disposes of all other tensors of the passes; `kept` holds those that are needed later.
 *
 * @returns g; `total`, `base` and λΦ of each penalty by name; and what `forward` returned.
 */
export function differentiate(
  optimizer: Minimizer,
  forward: () => ForwardOutputs,
  { penalties, outputObservers }: SortedTerms,
  params: readonly tf.Variable[] | undefined,
  step: number,
  kept: KeptTensors,
) {
  const held: Record<string, tf.TensorInfo> = {};
  let outputs: ForwardOutputs | undefined;

  const total = () => {
    const made = forward();
    checkOutputs(made);
    outputs = outputObservers.length > 0 ? (kept.keep(made) as ForwardOutputs) : made;
    const base = made.loss as tf.Scalar;
    held.base = kept.hold(base);
    let sum = base;
    for (const term of penalties) {
      const penalty = term.penalty(made, step) as tf.Scalar;
      if (!isTensorOf(penalty, [])) {
        new Checks(term.name).tensor('penalty', penalty, []);
      }
      held[term.name] = kept.hold(penalty);
      if (!isZeroPenalty(penalty)) {
        sum = plus(sum, penalty);
      }
    }
    return sum;
  };

  const { value, gradients } = minimizedGradients(optimizer, total, params);
  if (outputs === undefined) {
    check.reject('optimizer.computeGradients', 'to call the loss that it is given', optimizer);
  }
  kept.check('forward()');
  const losses: Record<string, tf.Scalar> = { total: alias(value) };
  for (const name of Object.keys(held)) {
    losses[name] = alias<tf.Scalar>(held[name] as tf.TensorInfo);
  }
  return { gradients, losses, outputs };
}

function checkOutputs(made: ForwardOutputs): void {
  if ((made as unknown) instanceof tf.Tensor) {
    check.reject('forward()', 'to be `{ loss, … }`, instead of the loss itself', made);
  }
  check.object('forward()', made);
  check.tensor('loss', made.loss, []);
}

/** a + b, without the two operations that the gradient of `tf.add` runs. */
const plus = (a: tf.Scalar, b: tf.Scalar): tf.Scalar =>
  withPullback([a, b], () => ({
    value: tf.add<tf.Scalar>(a, b),
    saved: [],
    pullback: (dy) => [alias(dy), alias(dy)],
  }));
