import * as tf from '@tensorflow/tfjs-core';

/** The value of a scalar, which is disposed of with all that it was made from. */
export const number = (f: () => tf.Tensor): number => tf.tidy(() => f().dataSync()[0] as number);
