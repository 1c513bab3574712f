import * as tf from '@tensorflow/tfjs-core';
import {
  checkObject,
  checkOptions,
  type Head,
  headOf,
  integer,
  type Regularizer,
  type Weight,
  weight,
  weightAt,
  weighted,
} from '@toploss/core';
import { checkInputs, label } from '../inputs.js';
import { missingLabels, rowsWithout } from '../labels.js';
import { activationsOf } from './activations-of.js';
import { checkLayers, checkLogits } from './check-layers.js';
import type { AnyRank, Layer } from './layers.js';
import { networkRules, type SaspNetworkOptions, saspNetworkPenalty, where } from './network.js';

export interface SaspNetworkInputs {
  /** [B, C] */
  logits: tf.Tensor;
  layers: readonly AnyRank<Layer>[];
  /** What counts of this batch, in the place of the option: [B]. */
  mask?: tf.Tensor | undefined;
  /** As for `sasp`; read where `ignoreLabel` is set. */
  targets?: tf.Tensor;
  /**
   * How the logits predict, as the model says it, or `null` where it does not and the option has to. Where both say
   * it, they have to agree.
   */
  head?: Head | null;
}

export interface SaspNetworkTermOptions extends Omit<SaspNetworkOptions, 'probe'> {
  /** λ ≥ 0, or a schedule of it; default 0.1. */
  lambda?: Weight;
  /**
   * k: the penalty is evaluated at every k-th step only, with weight k·λ; default 1. In between, it is 0 and
   * costs nothing.
   */
  every?: number;
  /** Stands for a label that is missing, NaN too; examples without a label are left out. */
  ignoreLabel?: number;
  /** An integer ≥ 0. The n-th evaluation uses `seed` + n; default: random. */
  seed?: number;
}

const { probe: _, ...formulaRules } = networkRules;
const termRules = { lambda: weight, every: integer(1), ignoreLabel: label, ...formulaRules };

/**
 * λ·SASP of the whole network as a term for `trainStep` and `composite`.
 *
 * @example
 * const step = trainStep({ optimizer, terms: [saspNetwork({ lambda: 0.1 })] });
 * const losses = step(() => {
 *   const { logits, layers } = model(x);
 *   return { loss: tf.losses.softmaxCrossEntropy(oneHot, logits), logits, layers };
 * });
 */
export function saspNetwork(
  options: SaspNetworkTermOptions = {},
): Regularizer<SaspNetworkInputs> & { readonly name: 'saspNetwork' } {
  checkOptions(where, options, termRules);
  const { lambda = 0.1, every = 1, seed, ignoreLabel, ...formula } = options;
  return {
    name: 'saspNetwork',
    penalty: (inputs, step = 0) => {
      checkObject(where, 'inputs', inputs);
      const { logits, layers } = inputs;
      const head = headOf(where, inputs.head, formula.head);
      const lambdaAtStep = weightAt(where, lambda, step);
      const weight = step % every === 0 ? every * lambdaAtStep : 0;
      return weighted(where, weight, step, [logits], () => {
        if (weight > 0) {
          const draw = seed === undefined ? {} : { seed: seed + step / every };
          const mask = labeled(inputs, formula.mask, head, ignoreLabel);
          const settings = { ...formula, head, ...draw, ...(mask && { mask }) };
          return saspNetworkPenalty(logits, layers, settings);
        }
        checkLogits(where, logits, head);
        checkLayers(where, logits, layers);
        activationsOf(where, layers, formula.activation);
        return tf.scalar(0);
      });
    },
  };
}

/** The mask, without the examples whose labels are missing. */
function labeled(
  { logits, targets, mask: ofBatch }: SaspNetworkInputs,
  option: tf.Tensor | undefined,
  head: Head,
  ignoreLabel: number | undefined,
): tf.Tensor | undefined {
  const mask = ofBatch ?? option;
  if (ignoreLabel === undefined) {
    return mask;
  }
  // It has no features; the logits have their rows.
  checkInputs({ logits, features: logits, targets, mask, ignoreLabel }, head, where);
  const missing = missingLabels(targets as tf.Tensor, ignoreLabel);
  if (missing === undefined) {
    return mask;
  }
  const without = tf.logicalNot(rowsWithout(missing, head));
  return mask === undefined ? without : tf.logicalAnd(tf.cast(mask, 'bool'), without);
}
