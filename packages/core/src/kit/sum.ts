import * as tf from '@tensorflow/tfjs-core';
import { closedForm, constant, withPullback } from './closed-form.js';
import { inLoop, scalarOf, sumOfProducts } from './loop.js';

/** A program of WebGPU reads so many tensors. `tf.addN` of more is silently wrong there: it keeps the sum of before. */
const TOGETHER = 7;

/** The sum of tensors of one shape; of none, the scalar 0. */
export function addAll<T extends tf.Tensor = tf.Scalar>(tensors: readonly tf.Tensor[]): T {
  if (tensors.length <= TOGETHER) {
    return (tensors.length === 0 ? tf.scalar(0) : tf.addN([...tensors])) as T;
  }
  return tf.tidy(() => addAll<T>([addAll(tensors.slice(0, TOGETHER)), ...tensors.slice(TOGETHER)]));
}

const BLOCK = 256;

/**
 * Σ x over all entries, in blocks of a few hundred: over millions of entries, a single float32 sum is wrong by several
 * percent.
 */
export function sum(x: tf.Tensor): tf.Scalar {
  if (x.size === 0) {
    return nothing(x);
  }
  const blocks = Math.floor(x.size / BLOCK);
  if (blocks < 2) {
    return tf.sum(x);
  }
  return tf.tidy(() => {
    const flat = tf.reshape(x, [x.size]);
    const whole = tf.reshape(tf.slice(flat, 0, blocks * BLOCK), [blocks, BLOCK]);
    const total = sum(tf.sum(whole, 1));
    return x.size % BLOCK === 0 ? total : tf.add(total, tf.sum(tf.slice(flat, blocks * BLOCK)));
  });
}

/** The sum of an empty tensor, which tfjs supports on cpu and wasm only. */
const nothing = (x: tf.Tensor) =>
  closedForm([x], () => ({ value: tf.scalar(0), grads: [tf.zerosLike(x)] }));

/** ⟨a, b⟩ over all entries of two tensors of the same shape. */
export function dot(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return withPullback([a, b], () => ({
    value: innerProduct([a], [b]),
    saved: [a, b],
    pullback: (dy, [a, b]) => [tf.mul(dy, b as tf.Tensor), tf.mul(dy, a as tf.Tensor)],
  }));
}

/** Σₖ ⟨xₖ, yₖ⟩, in double precision on cpu and wasm. Don't differentiate it. */
export const innerProduct = (x: readonly tf.Tensor[], y: readonly tf.Tensor[]): tf.Scalar =>
  inLoop([...x, ...y], (...values) => {
    const yValues = values.splice(x.length);
    return scalarOf(
      values.reduce((sum, xValues, k) => sum + sumOfProducts(xValues, yValues[k]!), 0),
    );
  }) ?? addAll(x.map((xk, k) => sum(tf.mul(xk, y[k]!))));

const [SMALLEST, LARGEST] = [1e-37, 3.4e38];

/** √Σ x² over all entries of all tensors, without over- or underflow in the squares; a constant. */
export const norm = (tensors: readonly tf.Tensor[]): tf.Scalar =>
  constant(() => {
    const filled = tensors.filter(({ size }) => size > 0);
    const inDouble = (...values: Float32Array[]) =>
      scalarOf(Math.sqrt(values.reduce((sum, x) => sum + sumOfProducts(x, x), 0)));
    return inLoop(filled, inDouble) ?? scaledNorm(filled);
  });

function scaledNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  const largest = tf.max(tf.stack(tensors.map((x) => tf.max(tf.abs(x)))));
  // Finite, because ∞/∞ is NaN.
  const scale = tf.clipByValue(largest, SMALLEST, LARGEST);
  const squares = addAll(tensors.map((x) => sum(tf.square(tf.div(x, scale)))));
  return tf.mul(scale, tf.sqrt(squares)) as tf.Scalar;
}
