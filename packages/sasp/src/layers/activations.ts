import * as tf from '@tensorflow/tfjs-core';
import { expm1, float32 } from '@toploss/core/kit';
import { check, type DenseLayer } from './layers.js';

/**
 * The derivatives of an activation a = φ(s).
 *
 * They are functions of x, which is the output a if a determines them, so that a network need not keep its
 * pre-activations s. `reads` says whether x is a or s. Instead of φ″, dφ′/dx is needed.
 */
export interface Activation {
  readonly reads: 'output' | 'preActivation';
  /** φ′, from x. */
  slope(x: tf.Tensor): tf.Tensor;
  /** dφ′/dx, from x; left out where φ is piecewise linear and it is 0. */
  bend?(x: tf.Tensor): tf.Tensor;
  /** What φ can return: an output beyond it shows that something else lies between two layers. */
  readonly range: readonly [number, number];
}

const oneMinus = (x: tf.Tensor) => tf.sub(1, x);
const isPositive = (x: tf.Tensor) => tf.greater(x, 0);
const [none, all] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** max(s, αs). */
export const leakyRelu = (alpha: number): Activation => ({
  reads: 'output',
  slope: (a) => tf.where(isPositive(a), tf.onesLike(a), tf.fill(a.shape, alpha, 'float32')),
  range: [none, all],
});

/** γ max(s, 0) + min(αγ(eˢ − 1), 0). */
const exponentialLinear = (alpha: number, gamma: number): Activation => ({
  reads: 'output',
  slope: (a) =>
    tf.where(isPositive(a), tf.fill(a.shape, gamma, 'float32'), tf.add(a, alpha * gamma)),
  bend: (a) => oneMinus(tf.step(a)),
  range: [-alpha * gamma, all],
});

/** The constants of Klambauer et al., Self-Normalizing Neural Networks, 2017. */
const [SELU_ALPHA, SELU_GAMMA] = [1.6732632423543772, 1.0507009873554805];

/** s Φ(s) and its derivatives read the density and the distribution of the normal law. */
const density = (s: tf.Tensor) =>
  tf.mul(1 / Math.sqrt(2 * Math.PI), tf.exp(tf.mul(-0.5, tf.square(s))));
const distribution = (s: tf.Tensor) => tf.mul(0.5, tf.add(1, tf.erf(tf.mul(Math.SQRT1_2, s))));

export const activations = {
  linear: {
    reads: 'output',
    slope: (a) => tf.onesLike(a),
    range: [none, all],
  },
  relu: {
    reads: 'output',
    slope: (a) => tf.step(a),
    range: [0, all],
  },
  relu6: {
    reads: 'output',
    slope: (a) => tf.cast(tf.logicalAnd(isPositive(a), tf.less(a, 6)), 'float32'),
    range: [0, 6],
  },
  leakyRelu: leakyRelu(0.2),
  elu: exponentialLinear(1, 1),
  selu: exponentialLinear(SELU_ALPHA, SELU_GAMMA),
  tanh: {
    reads: 'output',
    slope: (a) => oneMinus(tf.square(a)),
    bend: (a) => tf.mul(-2, a),
    range: [-1, 1],
  },
  sigmoid: {
    reads: 'output',
    slope: (a) => tf.mul(a, oneMinus(a)),
    bend: (a) => oneMinus(tf.mul(2, a)),
    range: [0, 1],
  },
  softplus: {
    reads: 'output',
    slope: (a) => tf.neg(expm1(tf.neg(a))), // σ(s) = 1 − e⁻ᵃ
    bend: (a) => tf.exp(tf.neg(a)),
    range: [0, all],
  },
  swish: {
    reads: 'preActivation',
    // σ + sσ(1−σ)
    slope: (s) => tf.mul(tf.sigmoid(s), tf.add(1, tf.mul(s, tf.sigmoid(tf.neg(s))))),
    // σ(1−σ)(2 + s(1−2σ))
    bend: (s) => {
      const [sigma, rest] = [tf.sigmoid(s), tf.sigmoid(tf.neg(s))];
      return tf.mul(tf.mul(sigma, rest), tf.add(2, tf.mul(s, tf.sub(rest, sigma))));
    },
    range: [-0.279, all],
  },
  gelu: {
    reads: 'preActivation',
    slope: (s) => tf.add(distribution(s), tf.mul(s, density(s))), // Φ + sN
    bend: (s) => tf.mul(density(s), tf.sub(2, tf.square(s))), //     N(2 − s²)
    range: [-0.171, all],
  },
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;

export type ActivationOption =
  | ActivationName
  | Activation
  | readonly (ActivationName | Activation)[];

/** The activation of every hidden layer, from the option or from the layers themselves. The logits are linear. */
export function activationsOf(
  layers: readonly DenseLayer[],
  option: ActivationOption | undefined,
): Activation[] {
  const hidden = layers.slice(0, -1);
  if (Array.isArray(option) && option.length !== hidden.length) {
    const expected = `to be one for each of the ${hidden.length} hidden layers`;
    check.reject('activation', expected, option);
  }
  const last = (layers.at(-1) as DenseLayer).activation;
  if (last !== undefined && last !== 'linear') {
    const expected = 'to be left out: the last layer makes the logits';
    check.reject(`layers[${hidden.length}].activation`, expected, last);
  }
  return hidden.map((layer, l) => {
    const common = Array.isArray(option) ? option[l] : option;
    const own = layer.activation;
    if (common !== undefined && own !== undefined && own !== common) {
      check.reject(`layers[${l}].activation`, 'to be what the option `activation` says', own);
    }
    const name = own === undefined ? 'activation' : `layers[${l}].activation`;
    const activation = activationOf(name, own ?? common);
    if (activation.reads === 'preActivation') {
      const shape = [layer.input.shape[0], layer.kernel.shape[1]];
      check.tensor(`layers[${l}].preActivation`, layer.preActivation, shape);
      check.argument(`layers[${l}].preActivation`, layer.preActivation, float32);
    }
    return activation;
  });
}

function activationOf(name: string, value: unknown): Activation {
  if (typeof value === 'string' && Object.hasOwn(activations, value)) {
    return activations[value as ActivationName];
  }
  if (typeof (value as Partial<Activation> | undefined)?.slope !== 'function') {
    const names = Object.keys(activations).map((known) => JSON.stringify(known));
    check.reject(name, `to be one of ${names.join(', ')}, or an Activation`, value);
  }
  return value as Activation;
}
