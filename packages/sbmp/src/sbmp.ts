import * as tf from '@tensorflow/tfjs-core';
import {
  type Block,
  blockOf,
  callback,
  checkArgument,
  checkClasses,
  checkOptions,
  checkTensor,
  closedForm,
  flag,
  type Head,
  headRule,
  integer,
  nonNegative,
  number,
  oneOf,
  randomSeed,
  reject,
  scaled,
  sum,
  tensor,
} from '@toploss/core/kit';
import { divergences } from './heads.js';
import { noiseOf, perturbed } from './noise.js';
import { checkMask, countExamples, liveRows, type Mask } from './padding.js';

export interface SbmpOptions {
  /** How far every example moves, in the unit of the embeddings; a number ≥ 0, default 5. */
  alpha?: number;
  /** How the logits predict; default `'softmax'`. */
  head?: Head;
  /** Both sides, half each (default), or KL(sg p ‖ q) alone. */
  symmetric?: boolean;
  /** ξ: the signs ±1, of the shape of the embeddings; by default drawn. */
  noise?: tf.Tensor;
  /** An integer ≥ 0. The same seed draws the same signs; default: random. Not read where `noise` is given. */
  seed?: number;
  /** `[B]` or `[B, L]`, true or 1 for what counts; default all. */
  mask?: Mask;
  /**
   * The share of the batch that the noisy pass reads, in (0, 1]; default 1. `modelFn` gets that many
   * examples, block number `seed` of the batch.
   */
  fraction?: number;
  /** The mean over the `'rows'` of the logits (default), or their sum divided by the `'batch'` size. */
  reduction?: 'rows' | 'batch';
}

export const sbmpRules = {
  alpha: nonNegative,
  head: headRule,
  symmetric: flag,
  noise: tensor,
  seed: integer(0),
  mask: tensor,
  fraction: number('in (0, 1]', (x) => x > 0 && x <= 1),
  reduction: oneOf('rows', 'batch'),
};

export const where = 'sbmp';

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
  checkOptions(where, options, sbmpRules);
  checkInputs('cleanLogits', cleanLogits, modelFn, embeddings, options);
  const { alpha = 5, fraction = 1, seed = randomSeed() } = options;
  return tf.tidy(() => {
    const block = blockOf(cleanLogits.shape[0] as number, fraction, seed);
    const part = <T extends tf.Tensor>(x: T): T => rowsOf(x, block);
    const noise = options.noise && part(options.noise);
    const mask = options.mask && part(options.mask);
    const [z, e] = [part(cleanLogits), part(embeddings)];
    const noisy = perturbed(e, noiseOf(e, noise, seed), alpha, mask);
    const noisyLogits = modelFn(noisy);
    checkTensor(where, 'modelFn()', noisyLogits, z.shape);
    return consistency(z, noisyLogits, { ...options, ...(mask && { mask }) });
  });
}

const rowsOf = <T extends tf.Tensor>(x: T, { start, size }: Block): T =>
  size === x.shape[0] ? x : (tf.slice(x as tf.Tensor, start, size) as T);

/** Φ of the logits, and its gradients by both. */
function consistency(
  cleanLogits: tf.Tensor,
  noisyLogits: tf.Tensor,
  { head = 'softmax', symmetric = true, mask, reduction }: SbmpOptions,
): tf.Scalar {
  return closedForm([cleanLogits, noisyLogits], () => {
    const visible = mask === undefined ? undefined : liveRows(mask, cleanLogits);
    // Padding may hold anything; two rows of 0 do not differ.
    const [z, zHat] = [cleanLogits, noisyLogits].map((logits) =>
      visible === undefined ? logits : tf.where(visible, logits, 0),
    ) as [tf.Tensor, tf.Tensor];
    const { rows, qMinusP } = divergences[head](z, zHat, symmetric);
    const N = reduction === 'batch' ? countBatch(cleanLogits, mask) : countRows(rows, visible);
    const share = tf.div<tf.Scalar>(symmetric ? 0.5 : 1, N);
    return {
      value: tf.div(sum(rows), N),
      grads: [
        symmetric ? scaled(tf.neg(share), qMinusP) : tf.zerosLike(cleanLogits),
        scaled(share, qMinusP),
      ],
    };
  });
}

const countBatch = (logits: tf.Tensor, mask: Mask | undefined): tf.Tensor =>
  mask === undefined ? tf.scalar(logits.shape[0] as number) : tf.maximum(countExamples(mask), 1);

function countRows(rows: tf.Tensor, visible: tf.Tensor | undefined): tf.Tensor {
  if (visible === undefined) {
    return tf.scalar(rows.size);
  }
  const rowsOfEach = rows.size / visible.size;
  return tf.maximum(tf.mul(rowsOfEach, tf.sum(tf.cast(visible, 'float32'))), 1);
}

/** `logits` is the name of the argument that the clean logits came in. */
export function checkInputs(
  logits: string,
  cleanLogits: tf.Tensor,
  modelFn: unknown,
  embeddings: tf.Tensor,
  { head = 'softmax', noise, mask }: SbmpOptions,
): void {
  checkBatch('embeddings', embeddings);
  checkBatch(logits, cleanLogits);
  checkClasses(where, logits, cleanLogits, head);
  const [batch] = embeddings.shape as [number];
  if (cleanLogits.shape[0] !== batch) {
    reject(where, logits, `of shape [${batch}, …, C], as the embeddings`, cleanLogits);
  }
  checkArgument(where, 'modelFn', modelFn, callback);
  if (noise !== undefined) {
    checkTensor(where, 'noise', noise, embeddings.shape);
  }
  if (mask !== undefined) {
    checkMask(where, mask, embeddings, cleanLogits);
  }
}

/** A tensor of real vectors, at least one. */
function checkBatch(argument: string, value: unknown): void {
  const expected = 'to be a float32 tensor of rank ≥ 2 that is not empty';
  if (!(value instanceof tf.Tensor) || value.isDisposed) {
    reject(where, argument, expected, value);
  }
  if (value.rank < 2 || value.dtype !== 'float32' || value.size === 0) {
    reject(where, argument, expected, value);
  }
}
