import * as tf from '@tensorflow/tfjs-core';
import {
  alias,
  clones,
  type Decoupled,
  number,
  tensor,
  type Weight,
  weightAt,
} from '@toploss/core/kit';
import { decaysOf } from './formula.js';
import { type CvpOptions, check, isDecayed, steepness } from './inputs.js';

const rate = number('a finite number ≥ 0', (x) => x >= 0 && x < Number.POSITIVE_INFINITY);

/** θ′ ← θ′ − η λ a(u, θ)⊙θ, u = (θ − θ′)/η. An entry that did not move does not decay. */
export function decoupledStep(lambda: Weight, options: CvpOptions): Decoupled['decouple'] {
  const { isHard, isNormalized } = steepness(options);
  const hasUnits = !isHard && !isNormalized;
  return (params, learningRate, step = 0) => {
    const thetas = check.each('params', params, tensor);
    check.argument('learningRate', learningRate, rate);
    const weight = weightAt('cvp', lambda, step);
    // The filter may throw: it is asked before the optimizer moves the parameters.
    const decayed = new Set(
      thetas.flatMap(([name, x]) => (isDecayed(options, name, x) ? name : [])),
    );
    const ofMoved = { ...options, filter: decayed.has.bind(decayed), isClosedAtRest: true };
    return (updated) =>
      tf.tidy(() => {
        const next = check.tensors('updated', updated, params);
        if (weight * learningRate === 0) {
          return { value: tf.scalar(0), params: clones(next) };
        }
        const moved = thetas.map(([name, theta]) => {
          const step = tf.sub(theta, next[name]!);
          // The factor 1/η of u matters to the raw gate alone, which has units.
          return { name, theta, grad: hasUnits ? inUnitsOf(learningRate, step) : step };
        });
        const factor = -learningRate * weight;
        const { sums, value } = decaysOf(moved, ofMoved, ({ name }) => ({
          to: next[name]!,
          factor,
        }));
        return {
          value: value(weight),
          params: Object.fromEntries(
            moved.map(({ name }, k) => [name, sums[k] ?? alias(next[name]!)]),
          ),
        };
      });
  };
}

/** u = (θ − θ′)/η; finite, as 0·∞ is NaN. */
const inUnitsOf = (learningRate: number, moved: tf.Tensor): tf.Tensor =>
  tf.clipByValue(tf.div(moved, learningRate), -3.4e38, 3.4e38);
