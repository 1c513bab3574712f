import * as tf from '@tensorflow/tfjs-core';
import { sum } from '@toploss/core/kit';

export interface GateOptions {
  /** Steepness β of the gate, > 0; default 50. `Infinity` is the hard gate s ≥ 0. */
  beta?: number;
  /**
   * `'cautious'` (default): decay where the step already moves the weight toward zero. `'expansion'`: where
   * the step moves the weight away from zero, as in toploss 0.1.0.
   */
  gate?: 'cautious' | 'expansion';
  /**
   * `'rms'` (default): s in units of its root mean square over the tensor, so that β has the same meaning
   * for every scale of weights and gradients. `'none'`: as toploss 0.1.0.
   */
  normalize?: 'rms' | 'none';
}

/** β and its sign, and whether s is in units of its root mean square. */
export function steepness({ beta = 50, gate = 'cautious', normalize = 'rms' }: GateOptions) {
  const isHard = beta === Number.POSITIVE_INFINITY;
  return {
    isHard,
    isNormalized: normalize === 'rms' && !isHard,
    beta: (gate === 'cautious' ? 1 : -1) * (isHard ? 1 : beta),
  };
}

/**
 * Where weight decay is let through: a ∈ [0, 1], of the shape of θ, a constant of the penalty.
 *
 *     a = σ(β s),   s = θ⊙u (cautious) or −θ⊙u (expansion),   s ← s / rms(s)
 *
 * @param theta θ.
 * @param u What the step subtracts, up to a positive factor: the gradient, or the optimizer's own step.
 * @param slope ±β / rms(s), where it is known.
 */
export function gateOf(
  theta: tf.Tensor,
  u: tf.Tensor,
  options: GateOptions,
  slope?: number,
): tf.Tensor {
  const { isHard, isNormalized, beta } = steepness(options);
  if (isHard) {
    return tf.cast(tf.greaterEqual(tf.mul(theta, tf.mul(beta, u)), 0), 'float32');
  }
  if (slope !== undefined) {
    return tf.sigmoid(tf.mul(theta, tf.mul(slope, u)));
  }
  return tf.sigmoid(tf.mul(beta, isNormalized ? inUnitsOfRms(theta, u) : tf.mul(theta, u)));
}

/** θ⊙u / rms(θ⊙u); 0 where all of it is 0. Scaled first, so that small gradients do not underflow. */
function inUnitsOfRms(theta: tf.Tensor, u: tf.Tensor): tf.Tensor {
  const tiny = 1e-30;
  const s = tf.mul(theta, tf.div(u, tf.maximum(tf.max(tf.abs(u)), tiny)));
  const rms = tf.sqrt(tf.div(sum(tf.square(s)), s.size));
  return tf.div(s, tf.maximum(rms, tiny));
}
