import * as tf from '@tensorflow/tfjs-core';
import { exponential } from './exponential.js';

/**
 * p = softmax z, and 1 − p to full precision. The difference loses digits as p → 1. At most one class has p > ½; for
 * that class, 1 − p is the sum of all other p.
 */
export interface Softmax {
  readonly p: tf.Tensor;
  /** 1 − p */
  readonly q: tf.Tensor;
  /** p > ½, true of at most one class in a row. */
  readonly isLikely: tf.Tensor;
  /** 0 for the likely class, 1 for all others. */
  readonly isOther: tf.Tensor;
}

export const sumOverClasses = (x: tf.Tensor): tf.Tensor => tf.sum(x, -1, true);

/** The softmax over the last axis, in tfjs operations. */
export function softmax(z: tf.Tensor): Softmax {
  const p = tf.softmax(z);
  const isLikely = tf.greater(p, 0.5);
  const isOther = tf.cast(tf.logicalNot(isLikely), 'float32');
  const q = tf.where(isLikely, sumOverClasses(tf.mul(p, isOther)), tf.sub(1, p));
  return { p, q, isLikely, isOther };
}

/** The softmax of one row, in double precision. A class, because numbers in objects made by spread are slow in V8. */
export class SoftmaxRow {
  readonly p: Float64Array;
  /** 1 − p */
  readonly q: Float64Array;
  /** The class of the largest logit. */
  likely = 0;
  /** The largest logit. */
  largest = 0;
  /** log Σ exp(z − largest). Added to the largest logit, it would lose digits. */
  logSum = 0;

  constructor(classes: number) {
    this.p = new Float64Array(classes);
    this.q = new Float64Array(classes);
  }
}

/** Writes the softmax of the logits from `start` on to `row`. */
export function softmaxRow(z: ArrayLike<number>, start: number, row: SoftmaxRow): void {
  const { p, q } = row;
  let likely = 0;
  let largest = z[start]!;
  for (let k = 1; k < p.length; k++) {
    const logit = z[start + k]!;
    if (logit > largest) {
      largest = logit;
      likely = k;
    }
  }
  let others = 0;
  for (let k = 0; k < p.length; k++) {
    const power = exponential(z[start + k]! - largest);
    p[k] = power;
    others += k === likely ? 0 : power;
  }
  const scale = p[likely]! / (1 + others); // NaN if a logit is
  for (let k = 0; k < p.length; k++) {
    const probability = p[k]! * scale;
    p[k] = probability;
    q[k] = 1 - probability;
  }
  q[likely] = others * scale;
  row.likely = likely;
  row.largest = largest;
  row.logSum = Math.log1p(others);
}
