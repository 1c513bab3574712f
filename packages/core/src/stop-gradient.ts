import * as tf from '@tensorflow/tfjs-core';
import { checkArgument, tensor } from './arguments.js';

/**
 * x as a constant: the same values, and a gradient of zero.
 *
 *     sg(x) = x,   ∂sg(x)/∂x = 0
 *
 * Nothing is copied: the result shares the buffer of `x`. The caller owns it.
 *
 * @example
 * const gate = stopGradient(tf.sigmoid(tf.mul(beta, tf.mul(theta, grad))));
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  checkArgument('core.stopGradient', 'x', x, tensor);
  return tf.customGrad((input) => ({
    value: tf.clone(input as T),
    gradFunc: (dy: T) => tf.zerosLike(dy),
  }))(x);
}
