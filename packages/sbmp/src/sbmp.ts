import * as tf from '@tensorflow/tfjs-core';
import {
  blockOf,
  type Head,
  headOf,
  penaltyOf,
  type Regularizer,
  rademacher,
  randomSeed,
  type Weight,
} from '@toploss/core/kit';
import { meanDivergence } from './formula.js';
import {
  check,
  checkInputs,
  liveOf,
  type Mask,
  type SbmpOptions,
  type Settings,
  sbmpRules,
} from './inputs.js';
import { perturbed } from './noise.js';

/**
 * SBMP, stochastic boundary-margin penalty: keeps the prediction unchanged when noise is added to the
 * embeddings, after NEFTune and SymNoise.
 *
 *     Ê = E + (α/√m) ξ,   ξ ∈ {−1, +1},   p = softmax(z), q = softmax(ẑ), ẑ = model(Ê)
 *     Φ = mean KL(sg p ‖ q),   symmetric: ½ mean KL(sg p ‖ q) + ½ mean KL(sg q ‖ p)
 *
 *     ∂Φ/∂ẑ = (q − p)/N,   symmetric: ∂Φ/∂ẑ = (q − p)/2N and ∂Φ/∂z = (p − q)/2N
 *
 * m is the number of entries of one example, all its dimensions: every example moves by exactly α. The mean
 * is over the N rows of the logits. For a small α the expectation is
 *
 *     E[Φ] = α²/2m · mean tr(Jᵀ F J) + O(α⁴),   J = ∂z/∂E of an example, F = diag p − p pᵀ
 *
 * With the head `'sigmoid'` KL is summed over the labels; with `'linear'` it is ½‖ẑ − z‖².
 * Both passes are differentiated, the noisy one through `modelFn`. Φ is in nats; α has the unit of E.
 *
 * @param cleanLogits z = modelFn(E): [B, C] or [B, …, C].
 * @param modelFn From embeddings to logits, deterministic: dropout would be taken for noise.
 * @param embeddings E: [B, D], [B, L, D] or of any higher rank.
 * @returns Φ, a scalar ≥ 0.
 * @throws When a shape does not fit, the embeddings are not floating-point numbers, or `modelFn` returns
 *   anything but logits of the shape of the clean ones; and what `modelFn` throws.
 *
 * @example
 * const modelFn = (e: tf.Tensor) => tf.add(tf.matMul(tf.tanh(tf.matMul(e, W1)), W2), b);
 * const loss = tf.add(crossEntropy, sbmpPenalty(modelFn(x), modelFn, x, { alpha: 1 }));
 *
 * @see N. Jain et al., NEFTune: Noisy Embeddings Improve Instruction Finetuning, 2023, arXiv:2310.05914.
 * @see A. K. Yadav and A. Singh, SymNoise, 2023, arXiv:2312.01523.
 * @see X. Liang et al., R-Drop: Regularized Dropout for Neural Networks, 2021, arXiv:2106.14448.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function sbmpPenalty<E extends tf.Tensor>(
  cleanLogits: tf.Tensor,
  modelFn: (embeddings: E) => tf.Tensor,
  embeddings: E,
  options: SbmpOptions = {},
): tf.Scalar {
  check.options(options, sbmpRules);
  checkInputs('cleanLogits', cleanLogits, modelFn, embeddings, options);
  return divergenceUnderNoise(cleanLogits, modelFn, embeddings, options);
}

function divergenceUnderNoise<E extends tf.Tensor>(
  cleanLogits: tf.Tensor,
  modelFn: (embeddings: E) => tf.Tensor,
  embeddings: E,
  options: Settings,
): tf.Scalar {
  const { alpha = 5, fraction = 1, seed = randomSeed() } = options;
  return tf.tidy(() => {
    const [B] = embeddings.shape as [number];
    const { start, size } = blockOf(B, fraction, seed);
    const block = <T extends tf.Tensor>(x: T): T =>
      size === B ? x : (tf.slice(x as tf.Tensor, start, size) as T);
    const [z, e] = [block(cleanLogits), block(embeddings)];
    const noise = options.noise
      ? tf.cast(block(options.noise), 'float32')
      : rademacher(e.shape, seed);
    const mask = options.mask && liveOf(block(options.mask));
    const noisyLogits = modelFn(perturbed(e, noise, alpha, mask));
    check.tensor('modelFn()', noisyLogits, z.shape);
    return meanDivergence(z, noisyLogits, mask, options);
  });
}

export interface SbmpInputs {
  /** z = modelFn(embeddings): [B, C] or [B, …, C]. */
  logits: tf.Tensor;
  /** From embeddings to logits; a method, so that it may ask for a tensor of its own rank. */
  modelFn(embeddings: tf.Tensor): tf.Tensor;
  /** E: [B, D], [B, L, D] or of any higher rank. */
  embeddings: tf.Tensor;
  /** ξ of this step: the signs ±1, of the shape of the embeddings. */
  noise?: tf.Tensor;
  /** The padding of this batch, instead of the option. */
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

const { noise: _, ...termRules } = sbmpRules;

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
  return penaltyOf(options, {
    name: 'sbmp',
    lambda: 1,
    rules: termRules,
    of: (inputs: SbmpInputs, { seed, ...formula }, { step, weight }) => {
      const { embeddingMask = formula.mask, mask = embeddingMask } = inputs;
      const { logits, modelFn, embeddings, noise } = inputs;
      const settings = {
        ...formula,
        head: headOf('sbmp', inputs.head, formula.head),
        noise,
        mask,
        seed: seed === undefined ? seed : seed + step,
      };
      checkInputs('logits', logits, modelFn, embeddings, settings);
      const phi = () =>
        weight === 0
          ? tf.scalar(0)
          : divergenceUnderNoise(logits, (e) => modelFn(e), embeddings, settings);
      return { by: [logits, embeddings], phi };
    },
  });
}
