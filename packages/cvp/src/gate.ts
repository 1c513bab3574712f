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
    (theta, u, decay) => gatedLoop(theta, u, decay, options),
    () => tf.mul(gateOf(theta, u, options), theta),
  );

/** `gateOf` in numbers, times θ. */
function gatedLoop(
  theta: Readonly<Float32Array>,
  u: Readonly<Float32Array>,
  decay: Float32Array,
  { beta = 50, gate = 'cautious', normalize = 'rms' }: GateOptions,
): void {
  const sign = gate === 'cautious' ? 1 : -1;
  const isHard = beta === Number.POSITIVE_INFINITY;
  const unit = normalize === 'rms' && !isHard ? rmsOfProduct(theta, u) : 1;
  const slope = unit === 0 ? 0 : (sign * (isHard ? 1 : beta)) / unit;
  for (let k = 0; k < decay.length; k++) {
    const x = slope * (theta[k] as number) * (u[k] as number);
    if (isHard || Math.abs(x) > 40) {
      // Open or closed, to the last digit of a float32: no exponential.
      decay[k] = x >= 0 ? (theta[k] as number) : 0;
    } else {
      decay[k] = (theta[k] as number) / (1 + Math.exp(-x));
    }
  }
}

function rmsOfProduct(theta: Readonly<Float32Array>, u: Readonly<Float32Array>): number {
  let squares = 0;
  for (let k = 0; k < theta.length; k++) {
    squares += ((theta[k] as number) * (u[k] as number)) ** 2;
  }
  return Math.sqrt(squares / Math.max(theta.length, 1));
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
