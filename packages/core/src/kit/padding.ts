import * as tf from '@tensorflow/tfjs-core';
import { byPrograms, isLaunched, launch } from './launch.js';
import { blocksOf } from './program.js';

/**
 * x, with zeros in the padding of its texture on WebGL.
 *
 * A texture holds blocks of 2 × 2. With an odd number of rows or columns, the padding keeps values of the last operation,
 * such as e⁰ = 1 of a softmax. A matrix product over an odd number of entries silently adds the product of the paddings.
 * After a step along a gradient whose padding isn't zero, all gradients of earlier layers are wrong. A program of our own
 * leaves zeros, and so does a division.
 */
export function withCleanPadding<T extends tf.Tensor>(x: T): T {
  if (tf.getBackend() !== 'webgl' || isLaunched(x) || !hasPadding(x)) {
    return x;
  }
  const copied = { inputs: { x }, shape: x.shape, entry: 'return x(b, i, j);' };
  return byPrograms('core.padding', () => launch<T>(copied)) ?? tf.div<T>(x, 1);
}

/** A texture with one entry in each texel has none. */
function hasPadding(x: tf.Tensor): boolean {
  const { texData } = tf.backend() as unknown as Textures;
  const [, rows, columns] = blocksOf(x.shape);
  return texData.get(x.dataId).isPacked === true && (rows % 2 === 1 || columns % 2 === 1);
}

interface Textures {
  readonly texData: { get(id: object): { isPacked?: boolean } };
}
