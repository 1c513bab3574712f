import * as tf from '@tensorflow/tfjs-core';
import { assertGradients } from '../assert-gradients.js';
import { forgetTape } from './tape.js';

/**
 * The result of `differentiate`, which records f on a gradient tape. An error of f is held back until the tape has ended,
 * and f returns a constant instead: if f threw, tfjs would drop the tape and leak the tensors saved on it.
 */
export function onTape<R>(f: () => tf.Scalar, differentiate: (f: () => tf.Scalar) => R): R {
  assertGradients();
  const thrown: unknown[] = [];
  const held = () => {
    try {
      return f();
    } catch (error) {
      thrown.push(error);
      return tf.scalar(0);
    }
  };
  try {
    const result = differentiate(held);
    if (thrown.length === 0) {
      return result;
    }
  } catch (error) {
    forgetTape();
    // tfjs may fail on the constant.
    thrown.push(error);
  }
  throw thrown[0];
}
