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
import { activationsOf } from './activations-of.js';
import { checkLayers, checkLogits } from './check-layers.js';
import type { AnyRank, Layer } from './layers.js';
import { networkRules, type SaspNetworkOptions, saspNetworkPenalty, where } from './network.js';

export interface SaspNetworkInputs {
  /** [B, C] */
  logits: tf.Tensor;
  layers: readonly AnyRank<Layer>[];
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
   * Only at every k-th step, with k·λ; default 1. In between, Φ is 0 and costs nothing.
   */
  every?: number;
  /** An integer ≥ 0. The n-th evaluation, counted by the step, takes `seed` + n; default: random. */
  seed?: number;
}

const { probe: _, ...formulaRules } = networkRules;
const termRules = { lambda: weight, every: integer(1), ...formulaRules };

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
  const { lambda = 0.1, every = 1, seed, ...formula } = options;
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
          return saspNetworkPenalty(logits, layers, { ...formula, head, ...draw });
        }
        checkLogits(where, logits, head);
        checkLayers(where, logits, layers);
        activationsOf(where, layers, formula.activation);
        return tf.scalar(0);
      });
    },
  };
}
