import * as tf from '@tensorflow/tfjs-core';
import {
  type Head,
  headOf,
  integer,
  oneOf,
  type Regularizer,
  type Weight,
  weight,
  weightAt,
  weighted,
  zeroPenalty,
} from '@toploss/core/kit';
import { checkInputs, label } from './head/inputs.js';
import { missingLabels, rowsWithout } from './head/labels.js';
import { check } from './layers/layers.js';
import { networkRules, type SaspNetworkOptions } from './layers/network-penalty.js';
import type { Root } from './trace/phi.js';
import type { Scale } from './trace/scale.js';
import {
  checkForeign,
  type ForwardInputs,
  type LayersInputs,
  type Way,
  type WeightsInputs,
  wayOf,
  ways,
} from './ways.js';
import { type SaspWeightsOptions, weightsRules } from './weights/weights-penalty.js';

interface CommonInputs {
  /** [B, C], or of any higher rank by weight noise; the last axis is the classes. */
  logits: tf.Tensor;
  /** Replaces the option `mask` in this step: [B], or the logits' shape without the classes. */
  mask?: tf.Tensor | undefined;
  /** As for `sasp`; read only if `ignoreLabel` is set. */
  targets?: tf.Tensor;
  /**
   * The head that the model has, or `null` if the model does not say. Then the option `head` is required. If both are
   * given, they must agree.
   */
  head?: Head | null;
  /** The estimator that suits the model; used if the option `via` is not set. */
  via?: Way;
  /**
   * The same inputs for the output that the loss reads, for models whose head is unknown: a sigmoid under a mean squared
   * error, for example. Weight noise reads them if the option `head` is not set.
   */
  readByLoss?: SaspWeightsInputs | undefined;
}

/** Inputs of the closed form: the layers of a stack. */
export interface SaspNetworkInputs extends CommonInputs, LayersInputs {}

/** Inputs of weight noise: a forward pass of any model, and the variables that are trained. */
export type SaspWeightsInputs = CommonInputs & (WeightsInputs | ForwardInputs);

type Inputs = SaspNetworkInputs | SaspWeightsInputs;

export interface SaspNetworkTermOptions
  extends Omit<SaspNetworkOptions, 'probe' | 'root' | 'scale' | 'fraction'>,
    Pick<SaspWeightsOptions, 'sigma'> {
  /** λ ≥ 0, or a schedule of it; default 1 for the ratio, 0.1 for √T and T. */
  lambda?: Weight;
  /** Φ as a function of the trace, as in `saspNetworkPenalty`; default `'ratio'`. */
  root?: Root;
  /** The unit of the trace, as in `saspNetworkPenalty`; default `'relative'`. */
  scale?: Scale;
  /** The share of the batch that the closed form reads; default 1. */
  fraction?: number;
  /**
   * k: the penalty is evaluated at every k-th step only, with weight k·λ; default 4. At the other steps it is 0 and costs
   * nothing. 1 costs more and is more accurate. Calls without a step have the weight λ.
   */
  every?: number;
  /**
   * `'layers'`: the closed form, for stacks of dense layers. `'weights'`: weight noise, for any model, with one more
   * forward pass. Default: the closed form if `layers` are given. `attach` takes it if the model is such a stack.
   */
  via?: Way;
  /** The number that stands for a missing label; may be NaN. Examples without a label are left out. */
  ignoreLabel?: number;
  /** An integer ≥ 0. The n-th evaluation uses `seed` + n; default: random. */
  seed?: number;
}

const { probe: _, ...formulaRules } = networkRules;
const termRules = {
  ...{ lambda: weight, every: integer(1), ignoreLabel: label, via: oneOf('layers', 'weights') },
  ...{ sigma: weightsRules.sigma, ...formulaRules },
};

/**
 * λ·SASP of the whole network as a term for `trainStep` and `composite`.
 *
 * The term evaluates `saspNetworkPenalty` (closed form) or `saspWeightsPenalty` (weight noise), see `via`. In `attach` of
 * @toploss/layers the model decides: the closed form for stacks of dense layers, weight noise for all other models.
 *
 * @example
 * const step = trainStep({ optimizer, terms: [saspNetwork({ lambda: 0.1 })] });
 * const losses = step(() => {
 *   const h = tf.tanh(tf.add(tf.matMul(x, W1), b1));
 *   const logits = tf.add(tf.matMul(h, W2), b2);
 *   const layers = [{ input: x, kernel: W1, activation: 'tanh' }, { input: h, kernel: W2 }];
 *   return { loss: tf.losses.softmaxCrossEntropy(oneHot, logits), logits, layers };
 * });
 *
 * @example
 * const losses = step(() => {
 *   const logits = modelFn(x);
 *   const loss = tf.losses.softmaxCrossEntropy(oneHot, logits);
 *   return { loss, logits, modelFn, embeddings: x, params: { W1, W2 } };
 * });
 */
export function saspNetwork(options: SaspNetworkTermOptions = {}): Regularizer<
  SaspNetworkInputs | SaspWeightsInputs
> & {
  readonly name: 'saspNetwork';
  readonly lambda: Weight;
  readonly every: number;
} {
  check.options(options, termRules);
  // Chosen on validation data, over networks of many shapes. `fraction` is 1 because γ compares the rows' predictions.
  const { root = 'ratio', scale = 'relative', fraction = 1, every = 4, ...others } = options;
  const { lambda = root === 'ratio' ? 1 : 0.1, seed, ignoreLabel, via: chosen, ...rest } = others;
  const formula = { ...rest, root, scale, fraction };
  if (chosen !== undefined) {
    checkForeign(chosen, formula);
  }
  return {
    name: 'saspNetwork',
    lambda,
    every,
    penalty: (given, at) => {
      // A call without a step has no skipped steps to make up for.
      const [step, period] = at === undefined ? [0, 1] : [at, every];
      check.object('inputs', given);
      const isOpen = formula.head === undefined && chosen !== 'layers';
      const inputs = (isOpen ? given.readByLoss : undefined) ?? given;
      const head = headOf(check.where, inputs.head, formula.head);
      const way = wayOf(chosen, inputs);
      checkForeign(way, formula);
      const lambdaAtStep = weightAt(check.where, lambda, step);
      const weight = step % period === 0 ? period * lambdaAtStep : 0;
      const estimator = ways[way](inputs, { ...formula, head });
      if (weight === 0) {
        estimator.check();
        return zeroPenalty([inputs.logits]);
      }
      return weighted(check.where, weight, step, [inputs.logits], () => {
        const draw = seed === undefined ? {} : { seed: seed + step / period };
        const mask = labeled(inputs, formula.mask, head, ignoreLabel);
        return estimator.penalty({ ...draw, ...(mask && { mask }) });
      });
    },
  };
}

/** The mask, without the examples that have no label. */
function labeled(
  inputs: Inputs,
  option: tf.Tensor | undefined,
  head: Head,
  ignoreLabel: number | undefined,
): tf.Tensor | undefined {
  const mask = inputs.mask ?? option;
  if (ignoreLabel === undefined) {
    return mask;
  }
  const { logits, targets } = inputs;
  // The penalty reads no features: the logits stand in, which have the same rows.
  checkInputs(check, { logits, features: logits, targets, mask, ignoreLabel }, head);
  const missing = missingLabels(targets as tf.Tensor, ignoreLabel);
  if (missing === undefined) {
    return mask;
  }
  const without = tf.logicalNot(rowsWithout(missing, logits, head));
  return mask === undefined ? without : tf.logicalAnd(tf.cast(mask, 'bool'), without);
}
