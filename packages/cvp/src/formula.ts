import * as tf from '@tensorflow/tfjs-core';
import { dot, isLooped } from '@toploss/core/kit';
import { type GateOptions, gateOf } from './gate.js';
import { type Decayed, type DecayOptions, decayLoop, hostSlope, type Target } from './loop.js';
import { type Filter, isDecayed, isMatrix, type Parameter } from './parameters.js';

export interface CvpOptions extends GateOptions {
  /** What is decayed; by default tensors of rank ≥ 2. */
  filter?: Filter;
}

/** λ ∂Φ/∂θ = λ a⊙θ, with `grad` in the gate, added to `target`; `undefined` where nothing is decayed. */
export function decayOf(
  { name, theta, grad }: Parameter,
  { filter = isMatrix, ...gate }: CvpOptions & DecayOptions,
  target?: Target,
): Decayed | undefined {
  return grad !== null && isDecayed(filter, name, theta)
    ? addDecay(theta, grad, gate, target)
    : undefined;
}

/** Φ = ½ Σ aθ², over what is decayed. */
export const penaltyValue = (decays: readonly (Decayed | undefined)[]): tf.Scalar =>
  tf.addN([tf.scalar(0), ...decays.flatMap((decay) => decay?.value() ?? [])]);

/**
 * The decay that the gate lets through, λ of it added to x, and what it is the gradient of.
 *
 *     x + λ a⊙θ,   Φ = ½ Σ aθ²
 *
 * One loop computes it in double precision where that is as fast as operations, and where operations would leave the
 * range of float32.
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
