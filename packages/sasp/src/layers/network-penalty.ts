import * as tf from '@tensorflow/tfjs-core';
import {
  blockOf,
  flag,
  type Head,
  headRule,
  integer,
  oneOf,
  type Rule,
  rademacher,
  randomSeed,
  share,
  tensor,
} from '@toploss/core/kit';
import { biasOf } from '../head/heads.js';
import { ofCounting, visible } from '../trace/counting.js';
import { phiOf, type Root, rootRule } from '../trace/phi.js';
import { checkTrace, type Scale } from '../trace/scale.js';
import { type ActivationOption, activationsOf } from './activations.js';
import { meanTrace } from './formula.js';
import {
  type AnyRank,
  check,
  checkLayers,
  checkLogits,
  type DenseLayer,
  mapRows,
} from './layers.js';
import { unitProbes } from './probe.js';
import { stackOf } from './stack.js';

export interface SaspNetworkOptions {
  /** φ of the hidden layers, one for all or one for each; not needed if the layers name their own. */
  activation?: ActivationOption;
  /** How the logits predict; default `'softmax'`. */
  head?: Head;
  /**
   * `true` (default): √(T + 1e-8). `false`: T itself. `'ratio'`: γ ½ ln(1 + 100 T/V), the noise in proportion to the
   * signal V of the logits, weighted by how far training has come, γ.
   */
  root?: Root;
  /** The share of the batch that the penalty reads, in (0, 1]; default ¼, or 1 with `probe` or `exact`. */
  fraction?: number;
  /** ξ: [B, C], with E[ξξᵀ] = I; by default random signs. */
  probe?: tf.Tensor2D;
  /** An integer ≥ 0, for the random signs and the rows: block number `seed` of the batch. Default: random. */
  seed?: number;
  /** The exact trace instead of an estimate, by one probe for each of the C classes: C times the cost. */
  exact?: boolean;
  /** Whether biases count, of the layers that have one; default true. They have no share in the relative trace. */
  includeBias?: boolean;
  /**
   * The unit of the trace: `'absolute'` (default), that of the weights, or `'relative'`, the root mean square of each
   * kernel. A ReLU network cannot lower the relative trace by scaling one layer up and another one down.
   */
  scale?: Scale;
  /** [B], true or 1 for the examples that count; default all. The others may hold anything. */
  mask?: tf.Tensor;
}

const activation: Rule = {
  expected: 'to be the name of an activation, an Activation, or an array of them',
  allows: (value) => ['string', 'object'].includes(typeof value) && value !== null,
};

export const networkRules = {
  activation,
  head: headRule,
  root: rootRule,
  fraction: share,
  probe: tensor,
  seed: integer(0),
  exact: flag,
  includeBias: flag,
  scale: oneOf('absolute', 'relative'),
  mask: tensor,
};

/**
 * SASP of the whole network: the trace of the Gauss–Newton matrix G = mean_i JᵢᵀAᵢJᵢ over all weights and
 * biases, estimated by one random probe for each example, or its root.
 *
 *     T = mean_i [ tr(A) S_{L−1} + Σ_{ℓ<L} ‖δ_ℓ‖² S_{ℓ−1} ],   S_ℓ = ‖a_ℓ‖² + 1
 *     δ_L = Rξ with RRᵀ = A,   δ_ℓ = φ′(s_ℓ) ⊙ W_{ℓ+1}ᵀ δ_{ℓ+1}
 *     Φ = √(T + 1e-8)
 *
 * `scale: 'relative'` has ρ²_{ℓ+1}‖a_ℓ‖² instead of S_ℓ, with ρ² = mean(W∘W) of the kernel that reads a_ℓ, constant
 * in the gradient. That is the trace of DGD with D = diag ρ: it measures relative changes of the weights. Scaling one ReLU
 * layer up and the next one down changes no prediction, and does not change this trace.
 *
 * E_ξ[T] is the exact trace. The probe goes backward in forward operations, so training needs first derivatives only: no
 * second backward pass, no second copy of the parameters. T has the unit of ℓ/‖W‖², the relative trace the unit of ℓ.
 *
 * @param logits z: [B, C].
 * @param layers First to last; the last one makes the logits. A hidden layer's output is the next layer's
 *   input.
 * @returns Φ, a scalar ≥ 0.
 * @throws If the shapes do not fit, or an activation is missing or unknown. On cpu and wasm also if an input lies beyond the
 *   range of the activation before it, or T beyond the range of float32. An operation between two layers that is not in the
 *   list, and changes neither shape nor range, goes unnoticed.
 *
 * @example
 * const h = tf.tanh(tf.add(tf.matMul(x, W1), b1));
 * const logits = tf.add(tf.matMul(h, W2), b2);
 * const layers = [{ input: x, kernel: W1, activation: 'tanh' }, { input: h, kernel: W2 }];
 * const loss = tf.add(crossEntropy(logits), tf.mul(0.1, saspNetworkPenalty(logits, layers)));
 *
 * @see P. Foret et al., Sharpness-Aware Minimization for Efficiently Improving Generalization, 2021.
 * @see S. Jastrzębski et al., Catastrophic Fisher Explosion, 2021, arXiv 2012.14193.
 */
export function saspNetworkPenalty(
  logits: tf.Tensor,
  layers: readonly AnyRank<DenseLayer>[],
  options: SaspNetworkOptions = {},
): tf.Scalar {
  check.options(options, networkRules);
  const { head = 'softmax', root = true, scale = 'absolute', probe, exact = false } = options;
  checkLogits(logits, head);
  checkLayers(logits, layers);
  const activations = activationsOf(layers, options.activation);
  checkBiases(layers, options.includeBias);
  const [batch, classes] = logits.shape;
  checkGiven({ probe: [batch, classes], mask: [batch] }, options);
  const isEstimate = probe === undefined && !exact;
  const { fraction = isEstimate ? 0.25 : 1, seed = randomSeed() } = options;

  return tf.tidy(() => {
    const { start, size } = blockOf(batch, fraction, seed);
    const part = <X extends tf.Tensor>(x: X): X =>
      size === batch ? x : (tf.slice(x as tf.Tensor, start, size) as X);
    const counts = options.mask && tf.cast(part(options.mask), 'bool');
    const shown = <X extends tf.Tensor>(x: X): X => visible(part(x), counts);
    // The exact trace needs every row once for each class.
    const rows = <X extends tf.Tensor>(x: X): X =>
      exact ? tf.tile(shown(x), [classes, 1]) : shown(x);
    const xi = exact ? unitProbes(size, classes) : probe && part(probe);
    const T = ofCounting(
      meanTrace({
        ...stackOf(
          layers.map((layer) => mapRows(layer as DenseLayer, rows)),
          activations,
          scale === 'absolute' && options.includeBias !== false,
        ),
        ...{ head, scale, logits: rows(logits), xi: xi ?? rademacher([size, classes], seed) },
        counts: counts && rows(tf.cast(tf.expandDims(counts, 1), 'float32')),
      }),
      counts,
    );
    const tensors = layers.flatMap((layer) => Object.values(layer)).filter(isTensor);
    checkTrace(check, 'layers', SQUARES, T, [logits, ...tensors]);
    return phiOf(T, root, { head, logits: shown(logits), counts });
  });
}

const SQUARES = 'to have inputs and kernels whose squares float32 holds';
const isTensor = (x: unknown): x is tf.Tensor => x instanceof tf.Tensor;

/** Checks the shapes of the tensors that are given. */
function checkGiven(
  shapes: Readonly<Record<'probe' | 'mask', number[]>>,
  options: SaspNetworkOptions,
): void {
  for (const name of ['probe', 'mask'] as const) {
    if (options[name] !== undefined) {
      check.tensor(name, options[name], shapes[name]);
    }
  }
}

/** Throws if the option counts a bias that a layer does not have. */
function checkBiases(layers: readonly AnyRank<DenseLayer>[], option: boolean | undefined): void {
  const isBare = layers.some((layer) => 'includeBias' in layer && layer.includeBias === false);
  biasOf(check, isBare ? false : undefined, option);
}
