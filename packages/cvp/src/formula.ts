import * as tf from '@tensorflow/tfjs-core';
import {
  addAll,
  alias,
  byPrograms,
  closedForm,
  dot,
  inLoop,
  isLooped,
  scalarOf,
  sum,
} from '@toploss/core/kit';
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
  slopeOf,
} from './loop.js';
import { decaysByPrograms, isForPrograms } from './program.js';

/** Φ, a function of the parameters. */
export function decayPenalty(parameters: readonly Parameter[], options: CvpOptions): tf.Scalar {
  const thetas = parameters.map(({ theta }) => theta);
  return closedForm(thetas, () => {
    const { sums, value } = decaysOf(parameters, options);
    return { value: value(1), grads: sums };
  });
}

/** g + λ a⊙θ of each parameter, which at λ = 0 is g bit for bit; without λ, ∂Φ/∂θ = a⊙θ. And Φ. */
export function decaysOf(
  parameters: readonly Parameter[],
  options: CvpOptions,
  lambda?: number,
): Decays {
  const isAdded = lambda !== undefined;
  const decaying: Decaying[] = [];
  const places = parameters.map(({ name, theta, grad }) => {
    const decays = lambda !== 0 && grad !== null && isDecayed(options, name, theta);
    return decays ? decaying.push({ theta, u: grad, to: isAdded ? grad : undefined }) - 1 : -1;
  });
  const { sums, value } = addDecays(decaying, { ...options, factor: lambda });
  const unchanged = ({ theta, grad }: Parameter) =>
    isAdded ? alias(grad as tf.Tensor) : tf.zerosLike(theta);
  return {
    sums: parameters.map((parameter, k) => sums[places[k]!] ?? unchanged(parameter)),
    value,
  };
}

/** ∂Φ/∂θ = a⊙θ of each parameter, with u in the gate; and Φ. */
export function addDecays(decaying: readonly Decaying[], options: DecayOptions): Decays {
  const each = () => ofEach(decaying.map((piece) => addDecay(piece, options)));
  const programs = isForPrograms(decaying)
    ? byPrograms('cvp.decay', () => decaysByPrograms(decaying, options))
    : undefined;
  return programs === undefined
    ? each()
    : {
        sums: programs.sums,
        value: (c) => byPrograms('cvp.value', () => programs.value(c)) ?? each().value(c),
      };
}

const ofEach = (decays: readonly Decayed[]): Decays => ({
  sums: decays.map(({ sum }) => sum),
  value: (c) => {
    const values = decays.map(({ value }) => value());
    return values.every((x) => typeof x === 'number')
      ? scalarOf(Math.fround(c) * values.reduce((sum, x) => sum + x, 0))
      : tf.mul(c, addAll(values.map((x) => (typeof x === 'number' ? scalarOf(x) : x))));
  },
});

/**
 * The decay that the gate lets through, λ of it added to x, and what it is the gradient of.
 *
 *     x + λ a⊙θ,   Φ = ½ Σ aθ²
 *
 * One loop computes it in double precision where that is as fast as operations, and where operations would leave the
 * range of float32.
 */
export function addDecay(decaying: Decaying, options: DecayOptions): Decayed {
  const { theta, u } = decaying;
  if (isLooped(theta.size)) {
    return decayLoop(decaying, options);
  }
  const slope = inLoop([theta, u], (x, y) => slopeOf(x, y, options));
  return slope === undefined || isInRange(slope)
    ? decayOperations(decaying, slope, options)
    : decayLoop(decaying, options);
}

const isInRange = (x: number) => x === 0 || (Math.abs(x) > 1e-35 && Math.abs(x) < 1e35);

export function decayOperations(
  { theta, u, to }: Decaying,
  slope: number | undefined,
  options: DecayOptions,
): Decayed {
  const open = tf.mul(gateOf(theta, u, options, slope), theta);
  const decay = options.isClosedAtRest ? tf.mul(open, tf.notEqual(u, 0)) : open;
  return {
    sum: to ? tf.add(to, tf.mul(options.factor ?? 1, decay)) : decay,
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
