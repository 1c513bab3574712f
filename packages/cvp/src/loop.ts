import type * as tf from '@tensorflow/tfjs-core';
import { exponential, filled, hostView, inLoop, isLooped, scalarOf } from '@toploss/core/kit';
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
  /** The same, where it is known without waiting for a device. */
  readonly atHand?: number;
}

/** The same of several parameters. */
export interface Decays {
  readonly sums: readonly (tf.Tensor | undefined)[];
  /** c Φ */
  value(c: number): tf.Scalar;
}

/**
 * The slope ±β/rms(θ⊙u) of the gate, where its values are at hand; and `decayOperations` in one loop, where that is as fast
 * or operations would leave the range of float32.
 */
export function hostDecay(
  decaying: Decaying,
  options: DecayOptions,
): { slope?: number | undefined; decayed?: Decayed } {
  const { theta, u } = decaying;
  if (isLooped(theta.size)) {
    return { decayed: decayLoop(decaying, undefined, options) };
  }
  const slope = inLoop([theta, u], (x, y) => slopeOf(x, y, options));
  return slope === undefined || isInRange(slope)
    ? { slope }
    : { slope, decayed: decayLoop(decaying, slope, options) };
}

/** @param slope By default, that of θ and u. */
export function decayLoop(
  { theta, u, target }: Decaying,
  slope: number | undefined,
  options: DecayOptions,
): Decayed {
  const loop = steepness(options).isHard ? hardLoop : softLoop;
  const atRest = options.isClosedAtRest ? 0 : 1;
  const view = (x: tf.Tensor) => hostView(x) as Float32Array;
  let squares = 0;
  const sum = filled(theta.shape, (sum) => {
    const to = target === undefined ? sum.fill(0) : view(target.to);
    const [x, y] = [view(theta), view(u)];
    const steep = slope ?? slopeOf(x, y, options);
    squares = loop(x, y, steep, to, target?.factor ?? 1, atRest, sum);
  });
  const atHand = squares / 2;
  return { sum, value: () => scalarOf(atHand), atHand };
}

const isInRange = (x: number) => x === 0 || (Math.abs(x) > 1e-35 && Math.abs(x) < 1e35);

function slopeOf(
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
