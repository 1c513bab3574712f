import * as tf from '@tensorflow/tfjs-core';
import {
  closedForm,
  expm1,
  type Head,
  log1p,
  scaled,
  sum,
  sumOverClasses,
} from '@toploss/core/kit';
import type { Live, Settings } from './inputs.js';
import { type Divergence, hostDivergence } from './loop.js';
import { alongside } from './noise.js';
import { type Divergent, type MeanDivergence, meanByPrograms } from './program.js';

/**
 * Φ, the mean over the N rows or the examples of the batch, and its gradients by both logits.
 *
 *     Φ = 1/N Σ KL(p ‖ q),   ∂Φ/∂ẑ = (q − p)/N
 *     symmetric: ∂Φ/∂ẑ = (q − p)/2N,   ∂Φ/∂z = (p − q)/2N
 */
export function meanDivergence(
  cleanLogits: tf.Tensor,
  noisyLogits: tf.Tensor,
  mask: Live | undefined,
  { head = 'softmax', symmetric = true, reduction }: Settings,
): tf.Scalar {
  const of = { clean: cleanLogits, noisy: noisyLogits, head, symmetric, mask, reduction };
  return closedForm([cleanLogits, noisyLogits], () => meanByPrograms(of) ?? meanOfOperations(of));
}

export function meanOfOperations(of: Divergent): MeanDivergence {
  const { clean, noisy, head, symmetric, mask, reduction } = of;
  const live = mask && liveRows(mask, clean);
  // Padding may hold anything; two rows of 0 do not differ.
  const masked = (logits: tf.Tensor) => (live ? tf.where(live, logits, 0) : logits);
  const { rows, qMinusP } = divergences[head](masked(clean), masked(noisy), symmetric);
  const N = reduction === 'batch' ? countBatch(clean, mask) : countRows(rows, live);
  const share = tf.div<tf.Scalar>(symmetric ? 0.5 : 1, N);
  return {
    value: tf.div(sum(rows), N),
    grads: [
      symmetric ? scaled(tf.neg(share), qMinusP) : tf.zerosLike(clean),
      scaled(share, qMinusP),
    ],
  };
}

/** The live rows of the logits; if these have no positions, the examples with a live one. */
const liveRows = (mask: Live, logits: tf.Tensor): tf.Tensor =>
  alongside(logits.rank === 2 ? tf.any(mask, 1) : mask, logits);

const count = (live: tf.Tensor): tf.Scalar => tf.sum(tf.cast(live, 'float32'));

const countBatch = (logits: tf.Tensor, mask: Live | undefined): tf.Tensor =>
  mask ? tf.maximum(count(tf.any(mask, 1)), 1) : tf.scalar(logits.shape[0]!);

const countRows = (rows: tf.Tensor, live: tf.Tensor | undefined): tf.Tensor =>
  live ? tf.maximum(tf.mul(rows.size / live.size, count(live)), 1) : tf.scalar(rows.size);

/**
 * KL(p ‖ q) of the predictions of a head, row by row, and its gradient by ẑ:
 *
 * | head    | prediction              | KL(p ‖ q)                | gradient |
 * |---------|-------------------------|--------------------------|----------|
 * | softmax | one class of C          | Σ p δ, δ = log p − log q | q − p    |
 * | sigmoid | C labels, true or false | the sum over the labels  | q − p    |
 * | linear  | a normal one around z   | ½‖ẑ − z‖²                | ẑ − z    |
 */
const divergences: Readonly<
  Record<Head, (z: tf.Tensor, zHat: tf.Tensor, symmetric: boolean) => Divergence>
> = { softmax: divergence, sigmoid, linear };

/** A label is one class of two, whose logits are z and 0. */
function sigmoid(z: tf.Tensor, zHat: tf.Tensor, symmetric: boolean): Divergence {
  const ofTwo = (x: tf.Tensor) => tf.stack([x, tf.zerosLike(x)], -1);
  const { rows, qMinusP } = divergence(ofTwo(z), ofTwo(zHat), symmetric);
  const begin = qMinusP.shape.map(() => 0);
  const ofTrue = tf.slice(qMinusP, begin, [...z.shape, 1]);
  return { rows: tf.sum(rows, -1), qMinusP: tf.reshape(ofTrue, z.shape) };
}

/** The same in both directions. */
function linear(z: tf.Tensor, zHat: tf.Tensor): Divergence {
  const difference = tf.sub(zHat, z);
  return { rows: tf.mul(0.5, tf.sum(tf.square(difference), -1)), qMinusP: difference };
}

/**
 * How far apart the predictions p = softmax z and q = softmax ẑ are, row by row.
 *
 *     KL(p ‖ q) = Σ p δ,   δ = log p − log q
 *     symmetric: ½ KL(p ‖ q) + ½ KL(q ‖ p) = ½ Σ (p − q) δ
 *
 * The terms of Σ p δ are of the order of δ, but the sum is of the order of δ², so they all but cancel. Since p and q
 * both sum to 1, it is also a sum in which no term is negative:
 *
 *     KL(p ‖ q) = Σ p (e^−δ − 1 + δ)
 *
 * @param z [..., C]. −∞ is the logit of a class that is masked.
 */
function divergence(z: tf.Tensor, zHat: tf.Tensor, symmetric: boolean): Divergence {
  return hostDivergence(z, zHat, symmetric) ?? divergenceOfOperations(z, zHat, symmetric);
}

export function divergenceOfOperations(
  z: tf.Tensor,
  zHat: tf.Tensor,
  symmetric: boolean,
): Divergence {
  const { p, logSum } = softmax(z);
  const { p: q, logSum: logSumHat } = softmax(zHat);
  const delta = logRatio(z, zHat, q, tf.sub(logSum, logSumHat));
  const qMinusP = difference(p, q, delta);
  const terms = symmetric ? symmetricTerms(qMinusP, delta) : forwardTerms(p, qMinusP, delta);
  return { rows: tf.sum(terms, -1), qMinusP };
}

/** softmax z, and log Σ exp z. */
function softmax(z: tf.Tensor): { p: tf.Tensor; logSum: tf.Tensor } {
  const largest = tf.max(z, -1, true);
  const e = tf.exp(tf.sub(z, largest));
  const total = sumOverClasses(e);
  return { p: tf.div(e, total), logSum: tf.add(largest, tf.log(total)) };
}

/** Where e^d is still far from overflow. */
const FAR = 40;

/**
 * δ = log p − log q = d − log Σ q e^d, with d = z − ẑ.
 *
 * The difference of two log-softmaxes would carry their rounding, about 1e-7, which is all there is of δ when the noise
 * is small. d is exact there, and log1p Σ q (e^d − 1) as small as d.
 */
function logRatio(z: tf.Tensor, zHat: tf.Tensor, q: tf.Tensor, logSums: tf.Tensor): tf.Tensor {
  // A class that is masked on both sides: −∞ − (−∞) is NaN.
  const d = tf.where(tf.equal(z, zHat), 0, tf.sub(z, zHat));
  const shift = sumOverClasses(tf.mul(q, expm1(tf.minimum(d, FAR))));
  const isNear = tf.logicalAnd(tf.greater(shift, -0.5), tf.lessEqual(tf.max(d, -1, true), FAR));
  return tf.sub(d, tf.where(isNear, log1p(shift), logSums));
}

/**
 * q − p = p (e^−δ − 1), every entry to its own last digit.
 *
 * At most one class has p > ½. Where p is nearly 1, its δ keeps no digit of 1 − p; but all entries sum to 0.
 */
function difference(p: tf.Tensor, q: tf.Tensor, delta: tf.Tensor): tf.Tensor {
  // 0 − δ, as the negative of 0 would be −0.
  const near = tf.mul(p, expm1(tf.sub(0, delta)));
  const entries = tf.where(tf.greater(delta, -1), near, tf.sub(q, p));
  const isLikely = tf.greater(p, 0.5);
  const others = sumOverClasses(tf.where(isLikely, 0, entries));
  return tf.where(isLikely, tf.sub(0, others), entries);
}

/** ½ (p − q) δ, and 0·∞ = 0. */
function symmetricTerms(qMinusP: tf.Tensor, delta: tf.Tensor): tf.Tensor {
  const terms = tf.mul(tf.mul(-0.5, qMinusP), delta);
  return tf.where(tf.equal(qMinusP, 0), 0, terms);
}

/** p (e^−δ − 1 + δ) = q − p + p δ, and 0·∞ = 0. */
function forwardTerms(p: tf.Tensor, qMinusP: tf.Tensor, delta: tf.Tensor): tf.Tensor {
  const near = tf.mul(tf.mul(p, tf.square(delta)), series(delta));
  const far = tf.add(qMinusP, tf.where(tf.equal(p, 0), 0, tf.mul(p, delta)));
  return tf.where(tf.less(tf.abs(delta), 0.5), near, far);
}

/** (e^−δ − 1 + δ)/δ² by its series; right to the last digit of a float32 where |δ| < ½. */
function series(delta: tf.Tensor): tf.Tensor {
  const factorials = [2, 6, 24, 120, 720, 5040, 40320];
  return factorials.reduceRight<tf.Tensor>(
    (rest, factorial) => tf.sub(1 / factorial, tf.mul(delta, rest)),
    tf.scalar(0),
  );
}
