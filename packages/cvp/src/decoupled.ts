import * as tf from '@tensorflow/tfjs-core';
import { clones, type Decoupled, number, tensor, type Weight, weightAt } from '@toploss/core/kit';
import { addDecays } from './formula.js';
import { type CvpOptions, check, isDecayed, named, steepness } from './inputs.js';

const rate = number('a finite number ≥ 0', (x) => x >= 0 && x < Number.POSITIVE_INFINITY);

/** θ′ ← θ′ − η λ a(u, θ)⊙θ, u = (θ − θ′)/η. An entry that did not move does not decay. */
export function decoupledStep(lambda: Weight, options: CvpOptions): Decoupled['decouple'] {
  const { isHard, isNormalized } = steepness(options);
  const hasUnits = !isHard && !isNormalized;
  return (params, learningRate, step = 0) => {
    const thetas = check.each('params', params, tensor);
    check.argument('learningRate', learningRate, rate);
    const weight = weightAt('cvp', lambda, step);
    const factor = -learningRate * weight;
    // The filter may throw: it is asked before the optimizer moves the parameters.
    const decayed = thetas.filter(([name, x]) => isDecayed(options, name, x));
    return (updated) =>
      tf.tidy(() => {
        const next = check.tensors('updated', updated, params);
        const moved = (factor === 0 ? [] : decayed).map(([name, theta]) => {
          const to = next[name]!;
          const step = tf.sub(theta, to);
          // The factor 1/η of u matters to the raw gate alone, which has units.
          return { name, theta, u: hasUnits ? inUnitsOf(learningRate, step) : step, to };
        });
        const { sums, value } = addDecays(moved, { ...options, factor, isClosedAtRest: true });
        return { value: value(weight), params: { ...clones(next), ...named(moved, sums) } };
      });
  };
}

/** u = (θ − θ′)/η; finite, as 0·∞ is NaN. */
const inUnitsOf = (learningRate: number, moved: tf.Tensor): tf.Tensor =>
  tf.clipByValue(tf.div(moved, learningRate), -3.4e38, 3.4e38);
