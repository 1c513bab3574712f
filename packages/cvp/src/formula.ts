import * as tf from '@tensorflow/tfjs-core';
import { closedForm, dot, isLooped, sum } from '@toploss/core/kit';
import {
  type CvpOptions,
  type GateOptions,
  isDecayed,
  type Parameter,
  steepness,
} from './inputs.js';
import { type Decayed, type DecayOptions, decayLoop, hostSlope, type Target } from './loop.js';

/** Φ, a function of the parameters. */
export function decayPenalty(parameters: readonly Parameter[], options: CvpOptions): tf.Scalar {
  const thetas = parameters.map(({ theta }) => theta);
  return closedForm(thetas, () => {
    const decays = parameters.map((parameter) => decayOf(parameter, options));
    return {
      value: penaltyValue(decays),
      grads: thetas.map((theta, k) => decays[k]?.sum ?? tf.zerosLike(theta)),
    };
  });
}

/** g + λ a⊙θ, and the decays in it. At λ = 0 the gradients are g, bit for bit. */
export function inject(parameters: readonly Parameter[], lambda: number, options: CvpOptions) {
  const decays = parameters.map((parameter) =>
    lambda === 0
      ? undefined
      : decayOf(parameter, options, { to: parameter.grad as tf.Tensor, factor: lambda }),
  );
  const grads = parameters.map(({ name, grad }, k): [string, tf.Tensor] => [
    name,
    decays[k]?.sum ?? tf.clone(grad as tf.Tensor),
  ]);
  return { grads: Object.fromEntries(grads), decays };
}

/** λ ∂Φ/∂θ = λ a⊙θ, with `grad` in the gate, added to `target`; `undefined` where nothing is decayed. */
export const decayOf = (
  { name, theta, grad }: Parameter,
  options: CvpOptions & DecayOptions,
  target?: Target,
): Decayed | undefined =>
  grad !== null && isDecayed(options, name, theta)
    ? addDecay(theta, grad, options, target)
    : undefined;

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
 * @param u The step −Δθ, up to a positive factor.
 * @param target By default the sum is the decay itself.
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

/**
 * Where weight decay is let through: a ∈ [0, 1], of the shape of θ, a constant of the penalty.
 *
 *     a = σ(β s),   s = θ⊙u (cautious) or −θ⊙u (expansion),   s ← s / rms(s)
 *
 * @param theta θ.
 * @param u The step −Δθ, up to a positive factor: the gradient, or the step of the optimizer.
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
