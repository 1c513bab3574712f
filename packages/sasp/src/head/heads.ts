import * as tf from '@tensorflow/tfjs-core';
import {
  type Checks,
  flag,
  type Head,
  log1p,
  softmax as softmaxOf,
  sumOverClasses,
} from '@toploss/core/kit';

/**
 * The prediction that logits z make, compared with targets y. All derivatives by z are closed forms of the prediction:
 *
 * | head                       | e = ∂ℓ/∂z | ∇_z ‖e‖²         | tr A       | ∇_z tr A         |
 * |----------------------------|-----------|------------------|------------|------------------|
 * | softmax, Σy = 1            | p − y     | 2 p⊙(e − ⟨p,e⟩)  | 1 − ‖p‖²   | −2 p⊙(p − ‖p‖²)  |
 * | sigmoid, labels of any sum | s − y     | 2 e⊙s(1−s)       | Σ s(1−s)   | s(1−s)(1−2s)     |
 * | linear, ℓ = ½‖z − y‖²      | z − y     | 2 e              | C          | 0                |
 *
 * A = ∂²ℓ/∂z². Missing labels contribute nothing. A loss and its curvature share one softmax.
 */
export interface Prediction {
  /** ℓ, for each example: [B, 1]. */
  loss(): tf.Tensor;
  /** e: [B, C]. */
  readonly error: tf.Tensor;
  /** ‖e‖² and its gradient, the head's empirical Fisher. */
  fisher(): Curvature;
  /** tr A and its gradient, the head's Hessian. */
  hessian(): Curvature;
}

/** The curvature at the logits of each example as one number, and its gradient by the logits. */
export interface Curvature {
  /** [B, 1] */
  readonly size: tf.Tensor;
  /** [B, C] */
  readonly gradient: tf.Tensor;
}

const oneMinus = (x: tf.Tensor) => tf.sub(1, x);

/** x·y, and 0 where x is 0, even if y is infinite. */
const timesUnlessZero = (x: tf.Tensor, y: tf.Tensor) =>
  tf.where(tf.equal(x, 0), tf.zerosLike(x), tf.mul(x, y));

function softmax(z: tf.Tensor2D, y: tf.Tensor): Prediction {
  const { p, q, isLikely, isOther } = softmaxOf(z); // q = 1 − p
  const e = tf.sub(tf.mul(p, oneMinus(y)), tf.mul(q, y)); // e = p − y = p(1−y) − (1−p)y
  return {
    error: e,
    loss: () => {
      const logP = tf.where(isLikely, log1p(tf.neg(q)), tf.logSoftmax(z));
      return tf.neg(sumOverClasses(timesUnlessZero(y, logP)));
    },
    fisher: () => {
      const pe = tf.mul(p, e);
      // e − ⟨p,e⟩, for the likely class c as (1−p_c) e_c − Σ_{k≠c} p_k e_k
      const deviation = tf.where(
        isLikely,
        tf.sub(tf.mul(q, e), sumOverClasses(tf.mul(pe, isOther))),
        tf.sub(e, sumOverClasses(pe)),
      );
      return {
        size: sumOverClasses(tf.square(e)),
        gradient: tf.mul(tf.mul(2, p), deviation),
      };
    },
    hessian: () => {
      const trace = sumOverClasses(tf.mul(p, q)); // 1 − ‖p‖² = Σ p(1−p)
      return {
        size: trace,
        gradient: tf.mul(tf.mul(2, p), tf.sub(q, trace)), // ‖p‖² − p = (1−p) − tr A
      };
    },
  };
}

/** Replaces the entries of missing labels by 0. */
const ofPresent = (x: tf.Tensor, present: tf.Tensor | undefined) =>
  present === undefined ? x : tf.mul(x, present);

function sigmoid(z: tf.Tensor2D, y: tf.Tensor, present?: tf.Tensor): Prediction {
  const s = tf.sigmoid(z);
  const r = tf.sigmoid(tf.neg(z)); //                       r = 1 − s, exact as s → 1
  const e = ofPresent(tf.sub(tf.mul(s, oneMinus(y)), tf.mul(r, y)), present); // e = s − y
  const sr = ofPresent(tf.mul(s, r), present);
  return {
    error: e,
    // −y log s − (1−y) log(1−s) = max(z, 0) − yz + log(1 + exp −|z|)
    loss: () => {
      // tf.relu(−∞) is NaN on WebGL
      const hinge = tf.sub(tf.maximum(z, 0), timesUnlessZero(y, z));
      const losses = tf.add(hinge, log1p(tf.exp(tf.neg(tf.abs(z)))));
      return sumOverClasses(ofPresent(losses, present));
    },
    fisher: () => ({
      size: sumOverClasses(tf.square(e)),
      gradient: tf.mul(tf.mul(2, e), sr),
    }),
    hessian: () => ({
      size: sumOverClasses(sr),
      gradient: tf.mul(sr, tf.sub(r, s)),
    }),
  };
}

function linear(z: tf.Tensor2D, y: tf.Tensor, present?: tf.Tensor): Prediction {
  const [batch, classes] = z.shape;
  const e = ofPresent(tf.sub(z, y), present);
  const squares = sumOverClasses(tf.square(e));
  return {
    error: e,
    loss: () => tf.mul(0.5, squares),
    fisher: () => ({ size: squares, gradient: tf.mul(2, e) }),
    hessian: () => ({
      size: present ? sumOverClasses(present) : tf.fill([batch, 1], classes, 'float32'),
      gradient: tf.zerosLike(z),
    }),
  };
}

export const heads: Readonly<
  Record<Head, (z: tf.Tensor2D, y: tf.Tensor, present?: tf.Tensor) => Prediction>
> = { softmax, sigmoid, linear };

/** Whether the bias counts: if the layer has one, unless the option leaves it out. */
export function biasOf(
  check: Checks,
  model: boolean | undefined,
  option: boolean | undefined,
): boolean {
  if (model !== undefined) {
    check.argument('includeBias', model, flag);
  }
  if (option === true && model === false) {
    const expected = 'to be left out or false, since the layer has no bias';
    check.reject('includeBias', expected, option);
  }
  return option ?? model ?? true;
}
