import * as tf from '@tensorflow/tfjs-core';
import { exponential, inLoop } from '@toploss/core/kit';
import { type GateOptions, steepness } from './inputs.js';

/** The tensor that λ of the decay is added to. */
export interface Target {
  readonly to: tf.Tensor;
  readonly factor: number;
}

/** A parameter, its step −Δθ up to a positive factor, and what the decay is added to; by default nothing. */
export interface Decaying {
  readonly theta: tf.Tensor;
  readonly u: tf.Tensor;
  readonly target?: Target | undefined;
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

/** The same of several parameters. */
export interface Decays {
  readonly sums: readonly tf.Tensor[];
  /** c Φ */
  value(c: number): tf.Scalar;
}

/** β/rms(θ⊙u), and its sign that of the gate; `undefined` where reading the values would wait for a device. */
export function hostSlope(
  theta: tf.Tensor,
  u: tf.Tensor,
  options: GateOptions,
): number | undefined {
  const { isNormalized, beta } = steepness(options);
  return inLoop([theta, u], (x, y) => {
    const unit = isNormalized ? rmsOfProduct(x, y) : 1;
    return unit === 0 ? 0 : beta / unit;
  });
}

function rmsOfProduct(x: Readonly<Float32Array>, y: Readonly<Float32Array>): number {
  let squares = 0;
  for (let k = 0; k < x.length; k++) {
    const product = x[k]! * y[k]!;
    squares += product * product;
  }
  return Math.sqrt(squares / Math.max(x.length, 1));
}

/** `decayOperations` in one loop, where the values are at hand. */
export function decayLoop(
  theta: tf.Tensor,
  u: tf.Tensor,
  slope: number,
  options: DecayOptions,
  target: Target | undefined,
): Decayed {
  const sum = new Float32Array(theta.size);
  const loop = steepness(options).isHard ? hardLoop : softLoop;
  const squares = inLoop([theta, u, target?.to ?? theta], (x, y, to) =>
    loop(x, y, slope, target ? to : sum, target?.factor ?? 1, options.isClosedAtRest ? 0 : 1, sum),
  ) as number;
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
    const weight = theta[k]!;
    const step = u[k]!;
    const open = Number(step !== 0) | atRest;
    const decay = (open * weight) / (1 + exponential(-slope * weight * step));
    squares += decay * weight;
    sum[k] = to[k]! + factor * decay;
  }
  return squares;
};

/** a = 1 where slope θu ≥ 0, and 0 elsewhere. */
const hardLoop: DecayLoop = (theta, u, slope, to, factor, atRest, sum) => {
  let squares = 0;
  for (let k = 0; k < sum.length; k++) {
    const weight = theta[k]!;
    const step = u[k]!;
    const decay = weight * (Number(step !== 0) | atRest) * Number(slope * weight * step >= 0);
    squares += decay * weight;
    sum[k] = to[k]! + factor * decay;
  }
  return squares;
};
