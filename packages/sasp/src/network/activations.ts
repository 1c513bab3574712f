import * as tf from '@tensorflow/tfjs-core';
import { expm1, withPullback } from '@toploss/core';

/**
 * An activation a = φ(s), and what the way back through it needs.
 *
 * φ′ and φ″ are written in terms of the output a where that determines them, so that a network need not
 * keep its pre-activations; `reads` says which of the two x is. Of φ″ only dφ′/dx is asked for.
 */
export interface Activation {
  apply(s: tf.Tensor): tf.Tensor;
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
  apply: (s) => tf.leakyRelu(s, alpha),
  reads: 'output',
  slope: (a) => tf.where(isPositive(a), tf.onesLike(a), tf.fill(a.shape, alpha, 'float32')),
  range: [none, all],
});

/** γ max(s, 0) + min(αγ(eˢ − 1), 0). */
const exponentialLinear = (
  alpha: number,
  gamma: number,
  apply: Activation['apply'],
): Activation => ({
  apply,
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
    apply: (s) => s,
    reads: 'output',
    slope: (a) => tf.onesLike(a),
    range: [none, all],
  },
  relu: {
    apply: (s) => tf.relu(s),
    reads: 'output',
    slope: (a) => tf.step(a),
    range: [0, all],
  },
  relu6: {
    apply: (s) => tf.relu6(s),
    reads: 'output',
    slope: (a) => tf.cast(tf.logicalAnd(isPositive(a), tf.less(a, 6)), 'float32'),
    range: [0, 6],
  },
  leakyRelu: leakyRelu(0.2),
  elu: exponentialLinear(1, 1, (s) => tf.elu(s)),
  selu: exponentialLinear(SELU_ALPHA, SELU_GAMMA, (s) => tf.selu(s)),
  tanh: {
    apply: (s) => tf.tanh(s),
    reads: 'output',
    slope: (a) => oneMinus(tf.square(a)),
    bend: (a) => tf.mul(-2, a),
    range: [-1, 1],
  },
  sigmoid: {
    apply: (s) => tf.sigmoid(s),
    reads: 'output',
    slope: (a) => tf.mul(a, oneMinus(a)),
    bend: (a) => oneMinus(tf.mul(2, a)),
    range: [0, 1],
  },
  softplus: {
    apply: (s) => tf.softplus(s),
    reads: 'output',
    slope: (a) => tf.neg(expm1(tf.neg(a))), // σ(s) = 1 − e⁻ᵃ
    bend: (a) => tf.exp(tf.neg(a)),
    range: [0, all],
  },
  swish: {
    apply: (s) => tf.mul(s, tf.sigmoid(s)),
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
    apply: (s) => tf.mul(s, distribution(s)),
    reads: 'preActivation',
    slope: (s) => tf.add(distribution(s), tf.mul(s, density(s))), // Φ + sN
    bend: (s) => tf.mul(density(s), tf.sub(2, tf.square(s))), //     N(2 − s²)
    range: [-0.171, all],
  },
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;

/** The way back through an activation: m ⊙ φ′(x). Both are differentiated, m and, where φ bends, x. */
export function throughActivation(
  m: tf.Tensor,
  x: tf.Tensor,
  { slope, bend }: Activation,
): tf.Tensor {
  if (bend === undefined) {
    return withPullback([m], () => {
      const phi = slope(x);
      return {
        value: tf.mul(m, phi),
        saved: [phi],
        pullback: (dy, [phi]) => [tf.mul(dy, phi as tf.Tensor)],
      };
    });
  }
  return withPullback([m, x], () => {
    const phi = slope(x);
    return {
      value: tf.mul(m, phi),
      saved: [m, x, phi],
      pullback: (dy, [m, x, phi]) => [
        tf.mul(dy, phi as tf.Tensor),
        tf.mul(tf.mul(dy, m as tf.Tensor), bend(x as tf.Tensor)),
      ],
    };
  });
}
