import * as tf from '@tensorflow/tfjs-core';
import { dot, exponential, hostView, isLooped } from '@toploss/core/kit';
import { type GateOptions, gateOf, steepness } from './gate.js';

/** What the decay is added to, and how much of it. */
export interface Target {
  readonly to: tf.Tensor;
  readonly factor: number;
}

export interface DecayOptions extends GateOptions {
  /** Whether the gate is closed where u = 0; by default it is ½ there, and open where it is hard. */
  isClosedAtRest?: boolean;
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
  options: DecayOptions,
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

export function decayLoop(
  theta: tf.Tensor,
  u: tf.Tensor,
  slope: number,
  options: DecayOptions,
  target: Target | undefined,
): Decayed {
  const sum = new Float32Array(theta.size);
  const views = [theta, u, target?.to].map((x) => x && hostView(x)) as (Float32Array | undefined)[];
  const [x, y, to = sum] = views as [Float32Array, Float32Array, Float32Array?];
  const factor = target?.factor ?? 1;
  const { isHard } = steepness(options);
  const atRest = options.isClosedAtRest ? 0 : 1;
  const squares = (isHard ? hardLoop : softLoop)(x, y, slope, to, factor, atRest, sum);
  return { sum: tf.tensor(sum, theta.shape), value: () => tf.scalar(squares / 2) };
}

/**
 * Writes x + λ a⊙θ. No branch but those of the loop: half of them would be foreseen wrongly.
 *
 * @param atRest 0 to close the gate where u = 0.
 */
type DecayLoop = (
  theta: Readonly<Float32Array>,
  u: Readonly<Float32Array>,
  slope: number,
  to: Readonly<Float32Array>,
  factor: number,
  atRest: 0 | 1,
  sum: Float32Array,
) => number;

/** a = σ(slope θu); returns Σ aθ². */
const softLoop: DecayLoop = (theta, u, slope, to, factor, atRest, sum) => {
  let squares = 0;
  for (let k = 0; k < sum.length; k++) {
    const weight = theta[k] as number;
    const step = u[k] as number;
    const open = Number(step !== 0) | atRest;
    const decay = (open * weight) / (1 + exponential(-slope * weight * step));
    squares += decay * weight;
    sum[k] = (to[k] as number) + factor * decay;
  }
  return squares;
};

/** a = 1 where slope θu ≥ 0, and 0 elsewhere. */
const hardLoop: DecayLoop = (theta, u, slope, to, factor, atRest, sum) => {
  let squares = 0;
  for (let k = 0; k < sum.length; k++) {
    const weight = theta[k] as number;
    const step = u[k] as number;
    const decay = weight * (Number(step !== 0) | atRest) * Number(slope * weight * step >= 0);
    squares += decay * weight;
    sum[k] = (to[k] as number) + factor * decay;
  }
  return squares;
};

export function decayOperations(
  theta: tf.Tensor,
  u: tf.Tensor,
  slope: number | undefined,
  options: DecayOptions,
  target: Target | undefined,
): Decayed {
  const open = tf.mul(gateOf(theta, u, options, slope), theta);
  const decay = options.isClosedAtRest ? tf.mul(open, tf.notEqual(u, 0)) : open;
  return {
    sum: target ? tf.add(target.to, tf.mul(target.factor, decay)) : decay,
    value: () => tf.mul(0.5, dot(decay, theta)),
  };
}
