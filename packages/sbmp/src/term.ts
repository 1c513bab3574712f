import * as tf from '@tensorflow/tfjs-core';
import {
  checkObject,
  checkOptions,
  type Head,
  headOf,
  type Regularizer,
  type Weight,
  weight,
  weightAt,
  weighted,
} from '@toploss/core/kit';
import type { Mask } from './padding.js';
import { checkInputs, type SbmpOptions, sbmpPenalty, sbmpRules, where } from './sbmp.js';

export interface SbmpInputs {
  /** z = modelFn(embeddings): [B, C] or [B, …, C]. */
  logits: tf.Tensor;
  /** From embeddings to logits; a method, so that it may ask for a tensor of its own rank. */
  modelFn(embeddings: tf.Tensor): tf.Tensor;
  /** E: [B, D], [B, L, D] or of any higher rank. */
  embeddings: tf.Tensor;
  /** ξ of this step: the signs ±1, of the shape of the embeddings. */
  noise?: tf.Tensor;
  /** The padding of this batch, in the place of the option. */
  mask?: Mask | undefined;
  /** The same as a model says it of its embeddings, where `mask` is not given: [B, L]. */
  embeddingMask?: Mask | undefined;
  /**
   * How the logits predict, as the model says it, or `null` where it does not and the option has to. Where both say
   * it, they have to agree.
   */
  head?: Head | null;
}

export interface SbmpTermOptions extends Omit<SbmpOptions, 'noise'> {
  /** λ ≥ 0, or a schedule of it; default 1. */
  lambda?: Weight;
  /** An integer ≥ 0. Step t uses `seed` + t; default: random. */
  seed?: number;
}

const { noise: _, ...formulaRules } = sbmpRules;

/**
 * λ·SBMP as a term for `trainStep` and `composite`.
 *
 * At a step where λ is 0 the model is not run a second time, and only the inputs are checked.
 *
 * @example
 * const step = trainStep({ optimizer, terms: [sbmp({ lambda: 0.5, alpha: 1 })] });
 * const losses = step(() => {
 *   const embeddings = tf.gather(table, tokens);
 *   const logits = modelFn(embeddings);
 *   return { loss: tf.losses.softmaxCrossEntropy(oneHot, logits), logits, modelFn, embeddings };
 * });
 */
export function sbmp(
  options: SbmpTermOptions = {},
): Regularizer<SbmpInputs> & { readonly name: 'sbmp' } {
  checkOptions(where, options, { lambda: weight, ...formulaRules });
  const { lambda = 1, seed, ...formula } = options;
  return {
    name: 'sbmp',
    penalty: (inputs, step = 0) => {
      checkObject(where, 'inputs', inputs);
      const { logits, modelFn, embeddings, noise, embeddingMask, mask = embeddingMask } = inputs;
      const weight = weightAt(where, lambda, step);
      const settings = {
        ...formula,
        head: headOf(where, inputs.head, formula.head),
        ...(seed === undefined ? {} : { seed: seed + step }),
        ...(noise === undefined ? {} : { noise }),
        ...(mask === undefined ? {} : { mask }),
      };
      checkInputs('logits', logits, modelFn, embeddings, settings);
      return weighted(where, weight, step, [logits, embeddings], () =>
        weight === 0 ? tf.scalar(0) : sbmpPenalty(logits, modelFn, embeddings, settings),
      );
    },
  };
}
