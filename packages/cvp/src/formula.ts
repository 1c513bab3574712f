import * as tf from '@tensorflow/tfjs-core';
import { addAll, byPrograms, closedForm, dot, isLooped, sum } from '@toploss/core/kit';
import {
  type CvpOptions,
  type GateOptions,
  isDecayed,
  type Parameter,
  steepness,
} from './inputs.js';
import {
  type Decayed,
  type Decaying,
  type DecayOptions,
  type Decays,
  decayLoop,
  hostSlope,
  type Target,
} from './loop.js';
import { decaysByPrograms, isForPrograms } from './program.js';

/** Φ, a function of the parameters. */
export function decayPenalty(parameters: readonly Parameter[], options: CvpOptions): tf.Scalar {
  const thetas = parameters.map(({ theta }) => theta);
  return closedForm(thetas, () => {
    const { sumOf, value } = decaysOf(parameters, options);
    return {
      value: value(1),
      grads: parameters.map(({ name, theta }) => sumOf(name) ?? tf.zerosLike(theta)),
    };
  });
}

/** g + λ a⊙θ, and λΦ. At λ = 0 the gradients are g, bit for bit. */
export function inject(parameters: readonly Parameter[], lambda: number, options: CvpOptions) {
  const { sumOf, value } =
    lambda === 0
      ? NO_DECAYS
      : decaysOf(parameters, options, ({ grad }) => ({ to: grad as tf.Tensor, factor: lambda }));
  const grads = parameters.map(({ name, grad }): [string, tf.Tensor] => [
    name,
    sumOf(name) ?? tf.clone(grad as tf.Tensor),
  ]);
  return { grads: Object.fromEntries(grads), value: () => value(lambda) };
}

const NO_DECAYS = { sumOf: () => undefined, value: () => tf.scalar(0) };

/** ∂Φ/∂θ = a⊙θ of all parameters that decay, with `grad` in the gate, added to their targets; and Φ. */
export function decaysOf(
  parameters: readonly Parameter[],
  options: CvpOptions & DecayOptions,
  targetOf?: (parameter: Parameter) => Target,
) {
  const decayed = parameters.filter(
    ({ name, theta, grad }) => grad !== null && isDecayed(options, name, theta),
  );
  const { sums, value } = addDecays(
    decayed.map((of) => ({ theta: of.theta, u: of.grad as tf.Tensor, target: targetOf?.(of) })),
    options,
  );
  const byName = new Map(decayed.map(({ name }, k) => [name, sums[k]]));
  return { sumOf: (name: string) => byName.get(name), value };
}

/** `addDecay` of several parameters. */
function addDecays(pieces: readonly Decaying[], options: DecayOptions): Decays {
  const each = () => pieces.map(({ theta, u, target }) => addDecay(theta, u, options, target));
  const ofEach = (decays: readonly Decayed[]): Decays => ({
    sums: decays.map(({ sum }) => sum),
    value: (c) => tf.mul(c, addAll(decays.map(({ value }) => value()))),
  });
  const programs = isForPrograms(pieces)
    ? byPrograms('cvp.decay', () => decaysByPrograms(pieces, options))
    : undefined;
  return programs === undefined
    ? ofEach(each())
    : {
        sums: programs.sums,
        value: (c) => byPrograms('cvp.value', () => programs.value(c)) ?? ofEach(each()).value(c),
      };
}

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
