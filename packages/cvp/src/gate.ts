import * as tf from '@tensorflow/tfjs-core';
import { elementwise, sum } from '@toploss/core';

export interface GateOptions {
  /** Steepness β of the gate, > 0; default 50. `Infinity` is the hard gate s ≥ 0. */
  beta?: number;
  /**
   * `'cautious'` (default): decay where the step already moves the weight toward zero. `'expansion'`: where
   * it moves it away from zero, as toploss 0.1.0 has it.
   */
  gate?: 'cautious' | 'expansion';
  /**
   * `'rms'` (default): s in units of its root mean square over the tensor, so that β has the same meaning
   * for every scale of weights and gradients. `'none'`: as toploss 0.1.0.
   */
  normalize?: 'rms' | 'none';
}

/** a⊙θ, the decay that is let through. */
export const gated = (theta: tf.Tensor, u: tf.Tensor, options: GateOptions): tf.Tensor =>
  elementwise(
    theta,
    u,
    (thetas, us) => hostDecay(thetas, us, options),
    () => tf.mul(gateOf(theta, u, options), theta),
  );

/** a θ of one entry: `gateOf` in numbers. */
function hostDecay(
  thetas: ArrayLike<number>,
  us: ArrayLike<number>,
  { beta = 50, gate = 'cautious', normalize = 'rms' }: GateOptions,
): (theta: number, u: number) => number {
  const sign = gate === 'cautious' ? 1 : -1;
  if (beta === Number.POSITIVE_INFINITY) {
    return (theta, u) => (sign * theta * u >= 0 ? theta : 0);
  }
  const unit = normalize === 'rms' ? rmsOfProduct(thetas, us) : 1;
  const slope = unit === 0 ? 0 : (sign * beta) / unit;
  return (theta, u) => {
    const x = slope * theta * u;
    // Most of the gate is open or closed, to the last digit of a float32, and needs no exponential.
    if (Math.abs(x) > 40) {
      return x > 0 ? theta : 0;
    }
    return theta / (1 + Math.exp(-x));
  };
}

function rmsOfProduct(thetas: ArrayLike<number>, us: ArrayLike<number>): number {
  let squares = 0;
  for (let k = 0; k < thetas.length; k++) {
    squares += ((thetas[k] as number) * (us[k] as number)) ** 2;
  }
  return Math.sqrt(squares / Math.max(thetas.length, 1));
}

/**
 * Where weight decay is let through: a ∈ [0, 1], of the shape of θ, a constant of the penalty.
 *
 *     a = σ(β s),   s = θ⊙u (cautious) or −θ⊙u (expansion),   s ← s / rms(s)
 *
 * @param theta θ.
 * @param u What the step subtracts, up to a positive factor: the gradient, or the optimizer's own step.
 */
export function gateOf(
  theta: tf.Tensor,
  u: tf.Tensor,
  { beta = 50, gate = 'cautious', normalize = 'rms' }: GateOptions,
): tf.Tensor {
  const toward = gate === 'cautious' ? u : tf.neg(u);
  if (beta === Number.POSITIVE_INFINITY) {
    return tf.cast(tf.greaterEqual(tf.mul(theta, toward), 0), 'float32');
  }
  const s = normalize === 'rms' ? inUnitsOfRms(theta, toward) : tf.mul(theta, toward);
  return tf.sigmoid(tf.mul(beta, s));
}

/** θ⊙u / rms(θ⊙u); 0 where all of it is 0. Scaled first, so that small gradients do not underflow. */
function inUnitsOfRms(theta: tf.Tensor, u: tf.Tensor): tf.Tensor {
  const tiny = 1e-30;
  const s = tf.mul(theta, tf.div(u, tf.maximum(tf.max(tf.abs(u)), tiny)));
  const rms = tf.sqrt(tf.div(sum(tf.square(s)), s.size));
  return tf.div(s, tf.maximum(rms, tiny));
}
