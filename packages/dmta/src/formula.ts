import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkTensor, closedForm, dot, nonNegative, norm } from '@toploss/core/kit';
import { type Alignment, hostAlignment, type Pieces, SHORTEST } from './loop.js';

/**
 * How far two vectors point apart, and where to turn g to bring them together.
 *
 * 1 − cos would carry the rounding of the cosine, which is all there is of it between vectors that nearly
 * agree, or nearly oppose each other. Their difference is as small as the angle, and so is its rounding:
 *
 *     d = m̂ − σĝ,   σ = sign cos:   1 − σ cos = ½‖d‖²,   m̂ − ⟨ĝ,m̂⟩ĝ = d − ⟨ĝ,d⟩ĝ
 *
 * Where one of them is zero, the cosine counts as 0: Φ = 1, and no direction is better than another.
 */
export const alignmentOf = (g: Pieces, slow: Pieces): Alignment =>
  hostAlignment(g, slow) ?? alignmentOfOperations(g, slow);

export function alignmentOfOperations(g: Pieces, slow: Pieces): Alignment {
  const [length, slowLength] = [norm(g), norm(slow)];
  const [gUnit, mUnit] = [unit(g, length), unit(slow, slowLength)];
  const sign = tf.where(tf.less(inner(gUnit, mUnit), 0), -1, 1);
  const d = mUnit.map((m, k) => tf.sub(m, tf.mul(sign, gUnit[k]!)));
  const half = tf.mul(0.5, inner(d, d));
  const along = inner(gUnit, d);

  const haveDirections = tf.greater(tf.minimum(length, slowLength), SHORTEST);
  const value = tf.where(tf.greater(sign, 0), half, tf.sub(2, half));
  return {
    // ½‖d‖² of a right angle is 1 up to rounding, and so never over 2.
    value: tf.where(haveDirections, value, 1) as tf.Scalar,
    across: d.map((piece, k) =>
      tf.where(haveDirections, tf.sub(tf.mul(along, gUnit[k]!), piece), 0),
    ),
    length,
  };
}

const unit = (x: Pieces, length: tf.Scalar): tf.Tensor[] =>
  x.map((piece) => tf.div(piece, tf.maximum(length, SHORTEST)));

const inner = (a: Pieces, b: Pieces): tf.Scalar =>
  tf.addN([tf.scalar(0), ...a.map((piece, k) => dot(piece, b[k]!))]);

/** ‖g‖, or what stands for it where it is shorter. */
export const floored = (length: tf.Scalar, eps: number): tf.Scalar =>
  tf.maximum(length, Math.max(eps, SHORTEST));

export interface DmtaOptions {
  /** Floor of ‖g‖ in the gradient, in the unit of g; default 1e-12. */
  eps?: number;
}

/**
 * DMTA, dual-momentum trajectory alignment: keeps the gradient to the direction of past
 * gradients, after the slow average of AdEMAMix.
 *
 *     Φ = 1 − cos(g, sg m̄)
 *
 *     ∂Φ/∂g = −(m̂ − ⟨ĝ,m̂⟩ĝ) / max(‖g‖, eps),   ĝ = g/‖g‖, m̂ = m̄/‖m̄‖
 *
 * Φ ∈ [0, 2] has no unit: neither the scale of g nor that of m̄ changes it. Its gradient is orthogonal to g
 * and grows as 1/‖g‖, down to `eps`. Where g or m̄ is zero, or shorter than 1e-37, there is no angle: Φ is 1,
 * as of a right one, and its gradient is zero.
 *
 * It can be differentiated by g once. For the gradient by the parameters that g is a gradient by, use
 * {@link dmtaGradient}: that is a second derivative, which tfjs gets wrong.
 *
 * @param grad g: [n].
 * @param slow m̄: [n], a constant.
 * @returns Φ, a scalar.
 * @throws When the two are not of the same length.
 *
 * @example
 * const phi = dmtaPenalty(tf.tensor1d([1, 0]), tf.tensor1d([1, 1])); // 1 − √½
 *
 * @see M. Pagliardini, P. Ablin and D. Grangier, The AdEMAMix Optimizer: Better, Faster, Older, 2024,
 *   arXiv:2409.03137.
 * @see R. A. Patil, Topological Loss Engineering, 2026, doi:10.5281/zenodo.20480620.
 */
export function dmtaPenalty(
  grad: tf.Tensor,
  slow: tf.Tensor,
  options: DmtaOptions = {},
): tf.Scalar {
  checkOptions('dmta', options, { eps: nonNegative });
  checkTensor('dmta', 'grad', grad, ['n']);
  checkTensor('dmta', 'slow', slow, grad.shape);
  const { eps = 1e-12 } = options;
  return closedForm([grad], () => {
    const { value, across, length } = alignmentOf([grad], [slow]);
    return { value, grads: across.map((piece) => tf.div(piece, floored(length, eps))) };
  });
}
