import * as tf from '@tensorflow/tfjs-core';
import { dot, exponential, hostView, isLooped } from '@toploss/core';
import { type GateOptions, gateOf, steepness } from './gate.js';

/** What the decay is added to, and how much of it. */
export interface Target {
  readonly to: tf.Tensor;
  readonly factor: number;
}

export interface Decayed {
  /** x + λ a⊙θ */
  readonly sum: tf.Tensor;
  /** ½ Σ aθ² */
  value(): tf.Scalar;
}

/**
 * The decay that the gate lets through, λ of it added to x, and what it is the gradient of.
 *
 *     x + λ a⊙θ,   Φ = ½ Σ aθ²
 *
 * In double precision, by one loop, where that is as fast as operations, and where these would leave the range of
 * float32.
 *
 * @param theta θ.
 * @param u What the step subtracts, up to a positive factor.
 * @param target By default the decay itself is the sum.
 */
export function addDecay(
  theta: tf.Tensor,
  u: tf.Tensor,
  options: GateOptions,
  target: Target | undefined,
): Decayed {
  const slope = hostSlope(theta, u, options);
  return slope !== undefined && (isLooped(theta.size) || !isInRange(slope))
    ? decayLoop(theta, u, slope, options, target)
    : decayOperations(theta, u, slope, options, target);
}

const isInRange = (x: number) => x === 0 || (Math.abs(x) > 1e-35 && Math.abs(x) < 1e35);

/** β/rms(θ⊙u), and its sign that of the gate; `undefined` where it would have to be waited for. */
function hostSlope(theta: tf.Tensor, u: tf.Tensor, options: GateOptions): number | undefined {
  const [x, y] = [hostView(theta), hostView(u)] as [Float32Array?, Float32Array?];
  if (x === undefined || y === undefined) {
    return undefined;
  }
  const { isNormalized, beta } = steepness(options);
  const unit = isNormalized ? rmsOfProduct(x, y) : 1;
  return unit === 0 ? 0 : beta / unit;
}

function rmsOfProduct(x: Readonly<Float32Array>, y: Readonly<Float32Array>): number {
  let squares = 0;
  for (let k = 0; k < x.length; k++) {
    const product = (x[k] as number) * (y[k] as number);
    squares += product * product;
  }
  return Math.sqrt(squares / Math.max(x.length, 1));
}

/** Where the sigmoid is 0 or 1 to the last digit of a float32: no exponential. */
const FAR = 40;

export function decayLoop(
  theta: tf.Tensor,
  u: tf.Tensor,
  slope: number,
  options: GateOptions,
  target: Target | undefined,
): Decayed {
  const far = steepness(options).isHard ? 0 : FAR;
  const sum = new Float32Array(theta.size);
  const factor = target?.factor ?? 1;
  const [x, y] = [hostView(theta), hostView(u)] as [Float32Array, Float32Array];
  const before = target ? (hostView(target.to) as Float32Array) : sum;
  let squares = 0;
  for (let k = 0; k < sum.length; k++) {
    const weight = x[k] as number;
    const s = slope * weight * (y[k] as number);
    let decay = weight;
    if (Math.abs(s) < far) {
      decay = weight / (1 + exponential(-s));
    } else if (!(s >= 0)) {
      decay = s < 0 ? 0 : s; // 0, or NaN
    }
    squares += decay * weight;
    sum[k] = (before[k] as number) + factor * decay;
  }
  return { sum: tf.tensor(sum, theta.shape), value: () => tf.scalar(squares / 2) };
}

export function decayOperations(
  theta: tf.Tensor,
  u: tf.Tensor,
  slope: number | undefined,
  options: GateOptions,
  target: Target | undefined,
): Decayed {
  const decay = tf.mul(gateOf(theta, u, options, slope), theta);
  return {
    sum: target ? tf.add(target.to, tf.mul(target.factor, decay)) : decay,
    value: () => tf.mul(0.5, dot(decay, theta)),
  };
}
