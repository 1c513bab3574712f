import type * as tf from '@tensorflow/tfjs-core';
import { exponential, filled, hostView } from '@toploss/core/kit';
import { type GateOptions, steepness } from './inputs.js';

/** A parameter, its step −Δθ up to a positive factor, and what the decay is added to; by default nothing. */
export interface Decaying {
  readonly theta: tf.Tensor;
  readonly u: tf.Tensor;
  readonly to?: tf.Tensor | undefined;
}

export interface DecayOptions extends GateOptions {
  /** λ: how much of the decay is added to `to`; default 1. */
  factor?: number | undefined;
  /** Whether the gate is closed where u = 0; by default it is ½ there, and open where it is hard. */
  isClosedAtRest?: boolean;
}

export interface Decayed {
  /** x + λ a⊙θ */
  readonly sum: tf.Tensor;
  /** ½ Σ aθ²; a number where it is known without waiting for a device. */
  value(): tf.Scalar | number;
}

/** The same of several parameters. */
export interface Decays {
  readonly sums: tf.Tensor[];
  /** c Φ */
  value(c: number): tf.Scalar;
}

export function decayLoop({ theta, u, to }: Decaying, options: DecayOptions): Decayed {
  const loop = steepness(options).isHard ? hardLoop : softLoop;
  const { factor = 1, isClosedAtRest = false } = options;
  const view = (x: tf.Tensor) => hostView(x) as Float32Array;
  let squares = 0;
  const sum = filled(theta.shape, (sum) => {
    const start = to === undefined ? sum.fill(0) : view(to);
    const [x, y] = [view(theta), view(u)];
    const slope = slopeOf(x, y, options);
    squares = loop(x, y, slope, start, factor, isClosedAtRest ? 0 : 1, sum);
  });
  return { sum, value: () => squares / 2 };
}

/** The slope ±β/rms(θ⊙u) of the gate. */
export function slopeOf(
  x: Readonly<Float32Array>,
  y: Readonly<Float32Array>,
  options: DecayOptions,
): number {
  const { isNormalized, beta } = steepness(options);
  const unit = isNormalized ? rmsOfProduct(x, y) : 1;
  return unit === 0 ? 0 : beta / unit;
}

function rmsOfProduct(x: Readonly<Float32Array>, y: Readonly<Float32Array>): number {
  let squares = 0;
  for (let k = 0; k < x.length; k++) {
    const product = x[k]! * y[k]!;
    squares += product * product;
  }
  return Math.sqrt(squares / Math.max(x.length, 1));
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
