import * as tf from '@tensorflow/tfjs-core';
import { closedForm, type Head, sum, sumOverClasses } from '@toploss/core/kit';
import { hostQuadratic } from './quadratic-loop.js';
import { quadraticByPrograms } from './quadratic-program.js';

/** ΔᵀAΔ of every row, [N, 1], its gradient by Δ, and its gradient by z through A. */
interface Quadratic {
  readonly rows: tf.Tensor;
  readonly byDelta: tf.Tensor;
  readonly byLogits: tf.Tensor;
}

/**
 * T̂ = mean_i ΔᵢᵀAᵢΔᵢ,  Δ = (ẑ − z)/σ: the distance from z to ẑ in the metric of
 * the prediction's curvature A.
 *
 * | head    | ΔᵀAΔ             | by Δ  | by z, through A |
 * |---------|------------------|-------|-----------------|
 * | softmax | Σ p d², d = Δ − Σ pΔ | 2 p⊙d | p⊙(d² − ΔᵀAΔ)   |
 * | sigmoid | Σ s(1−s) Δ²      | 2 s(1−s)⊙Δ | s(1−s)(1−2s)⊙Δ² |
 * | linear  | Σ Δ²             | 2 Δ   | 0               |
 *
 * @param logits z: […, C]; all axes but the last one are rows.
 * @param moved ẑ, of the shape of z.
 */
export const meanQuadratic = (
  head: Head,
  logits: tf.Tensor,
  moved: tf.Tensor,
  sigma: number,
): tf.Scalar =>
  closedForm(
    [logits, moved],
    () =>
      hostQuadratic(head, logits, moved, sigma) ??
      quadraticByPrograms(head, logits, moved, sigma) ??
      quadraticOfOperations(head, logits, moved, sigma),
  );

/** The value, and its gradients by z and ẑ. */
export function quadraticOfOperations(
  head: Head,
  logits: tf.Tensor,
  moved: tf.Tensor,
  sigma: number,
): { value: tf.Scalar; grads: tf.Tensor[] } {
  // Masked classes are −∞ in both.
  const isSame = tf.equal(moved, logits);
  const delta = tf.where(isSame, tf.zerosLike(logits), tf.div(tf.sub(moved, logits), sigma));
  const { rows, byDelta, byLogits } = quadratics[head](logits, delta);
  const byMoved = tf.div(byDelta, sigma * rows.size);
  return {
    value: tf.div(sum(rows), rows.size),
    grads: [tf.sub(tf.div(byLogits, rows.size), byMoved), byMoved],
  };
}

function softmax(z: tf.Tensor, delta: tf.Tensor): Quadratic {
  const p = tf.softmax(z);
  // As p → 1, Δ − Σ pΔ loses all digits. Relative to the likely class's Δ, only the other classes contribute.
  const isLikely = tf.greater(p, 0.5);
  const ofLikely = sumOverClasses(tf.where(isLikely, delta, tf.zerosLike(delta)));
  const fromLikely = tf.sub(delta, ofLikely);
  const d = tf.sub(fromLikely, sumOverClasses(tf.mul(p, fromLikely)));
  const pd = tf.mul(p, d);
  const rows = sumOverClasses(tf.mul(pd, d));
  return {
    rows,
    byDelta: tf.mul(2, pd),
    byLogits: tf.mul(p, tf.sub(tf.square(d), rows)),
  };
}

function sigmoid(z: tf.Tensor, delta: tf.Tensor): Quadratic {
  const [s, r] = [tf.sigmoid(z), tf.sigmoid(tf.neg(z))]; // r = 1 − s, exact as s → 1
  const variance = tf.mul(s, r);
  const weighted = tf.mul(variance, delta);
  const squares = tf.mul(weighted, delta);
  return {
    rows: sumOverClasses(squares),
    byDelta: tf.mul(2, weighted),
    byLogits: tf.mul(tf.sub(r, s), squares),
  };
}

const linear = (z: tf.Tensor, delta: tf.Tensor): Quadratic => ({
  rows: sumOverClasses(tf.square(delta)),
  byDelta: tf.mul(2, delta),
  byLogits: tf.zerosLike(z),
});

const quadratics = { softmax, sigmoid, linear };
