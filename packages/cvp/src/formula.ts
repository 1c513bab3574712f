import * as tf from '@tensorflow/tfjs-core';
import {
  addAll,
  alias,
  byPrograms,
  type CorrectedLists,
  closedForm,
  dot,
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
  hostDecay,
  type Target,
} from './loop.js';
import { decaysByPrograms, isForPrograms } from './program.js';

/** Φ, a function of the parameters. */
export function decayPenalty(parameters: readonly Parameter[], options: CvpOptions): tf.Scalar {
  const thetas = parameters.map(({ theta }) => theta);
  return closedForm(thetas, () => {
    const { sums, value } = decaysOf(parameters, options);
    return {
      value: value(1),
      grads: parameters.map(({ theta }, k) => sums[k] ?? tf.zerosLike(theta)),
    };
  });
}

/** g + λ a⊙θ, and λΦ. At λ = 0 the gradients are g, bit for bit. */
export function inject(parameters: readonly Parameter[], lambda: number, options: CvpOptions) {
  const { sums, value } =
    lambda === 0
      ? NO_DECAYS
      : decaysOf(parameters, options, ({ grad }) => ({ to: grad as tf.Tensor, factor: lambda }));
  const grads = parameters.map(({ name, grad }, k): [string, tf.Tensor] => [
    name,
    sums[k] ?? alias(grad as tf.Tensor),
  ]);
  return { grads: Object.fromEntries(grads), value: () => value(lambda) };
}

/** `inject` of variables whose decays are loops, in their order. */
export function injectInLoops(
  variables: readonly tf.Variable[],
  grads: readonly tf.Tensor[],
  lambda: number,
  options: CvpOptions,
): CorrectedLists {
  let phi = 0;
  const tensors = variables.map((theta, k) => {
    const grad = grads[k]!;
    if (lambda === 0 || !isDecayed(options, theta.name, theta)) {
      return alias(grad);
    }
    const target = { to: grad, factor: lambda };
    const { sum, atHand } = addDecay({ theta, u: grad, target }, options);
    phi += atHand!;
    return sum;
  });
  return { tensors, value: scalarOf(Math.fround(lambda) * phi) };
}

const NO_DECAYS: Decays = { sums: [], value: () => tf.scalar(0) };

/**
 * ∂Φ/∂θ = a⊙θ of each parameter, with `grad` in the gate, added to its target; and Φ. A parameter that does not decay has
 * no sum.
 */
export function decaysOf(
  parameters: readonly Parameter[],
  options: CvpOptions & DecayOptions,
  targetOf?: (parameter: Parameter) => Target,
): Decays {
  const decaying: Decaying[] = [];
  const places = parameters.map((parameter) => {
    const { name, theta, grad } = parameter;
    const decays = grad !== null && isDecayed(options, name, theta);
    return decays ? decaying.push({ theta, u: grad, target: targetOf?.(parameter) }) - 1 : -1;
  });
  const { sums, value } = addDecays(decaying, options);
  return { sums: places.map((place) => sums[place]), value };
}

/** `addDecay` of several parameters. */
function addDecays(pieces: readonly Decaying[], options: DecayOptions): Decays {
  const each = () => pieces.map((piece) => addDecay(piece, options));
  const ofEach = (decays: readonly Decayed[]): Decays => ({
    sums: decays.map(({ sum }) => sum),
    value: (c) => valueAtHand(c, decays) ?? tf.mul(c, addAll(decays.map(({ value }) => value()))),
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
 */
export function addDecay(decaying: Decaying, options: DecayOptions): Decayed {
  const { slope, decayed } = hostDecay(decaying, options);
  return decayed ?? decayOperations(decaying, slope, options);
}

/** c Φ, if all of it is known without waiting for a device. */
function valueAtHand(c: number, decays: readonly Decayed[]): tf.Scalar | undefined {
  let sum = 0;
  for (const { atHand } of decays) {
    if (atHand === undefined) {
      return undefined;
    }
    sum += atHand;
  }
  return scalarOf(Math.fround(c) * sum);
}

export function decayOperations(
  { theta, u, target }: Decaying,
  slope: number | undefined,
  options: DecayOptions,
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
