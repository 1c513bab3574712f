import * as tf from '@tensorflow/tfjs-core';
import { type SbmpOptions, sbmpPenalty } from '@toploss/sbmp';
import { expectClose, normal } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const identity = (e: tf.Tensor) => tf.clone(e);

/** Φ, and its gradients by both logits, of a model that is the identity: ẑ = z + α/√m ξ. */
function phi(z: tf.Tensor, noise: tf.Tensor, options: SbmpOptions) {
  const { value, grads } = tf.valueAndGrads((clean: tf.Tensor, e: tf.Tensor) =>
    sbmpPenalty(clean, identity, e, { noise, ...options }),
  )([z, tf.clone(z)]);
  return [value, ...grads] as [tf.Tensor, tf.Tensor, tf.Tensor];
}

describe('by hand: one output, z = 0 and ẑ = 1', () => {
  const given = [tf.zeros([1, 1]), tf.ones([1, 1])] as const;

  test('a label that is true or false', () => {
    // p = ½, q = 1/(1 + e⁻¹) = 0.7310586
    // KL = ½ log(½/0.7310586) + ½ log(½/0.2689414) = 0.1201145, its gradient by ẑ q − p = 0.2310586
    const one = phi(...given, { head: 'sigmoid', alpha: 1, symmetric: false });
    for (const [k, expected] of [0.1201145, 0, 0.2310586].entries()) {
      expectClose(one[k] as tf.Tensor, tf.fill((one[k] as tf.Tensor).shape, expected), 1e-5);
    }
    // ½ (q − p)(ẑ − z), and half of the gradient for each
    const both = phi(...given, { head: 'sigmoid', alpha: 1 });
    for (const [k, expected] of [0.1155293, -0.1155293, 0.1155293].entries()) {
      expectClose(both[k] as tf.Tensor, tf.fill((both[k] as tf.Tensor).shape, expected), 1e-5);
    }
  });

  test('a value', () => {
    // ½ (ẑ − z)² = ½, its gradient ẑ − z = 1
    for (const [symmetric, values] of [
      [false, [0.5, 0, 1]],
      [true, [0.5, -0.5, 0.5]],
    ] as const) {
      const all = phi(...given, { head: 'linear', alpha: 1, symmetric });
      for (const [k, expected] of values.entries()) {
        expectClose(all[k] as tf.Tensor, tf.fill((all[k] as tf.Tensor).shape, expected), 1e-6);
      }
    }
  });
});

test('labels are summed, and rows are averaged', () => {
  const [z, noise] = [normal([3, 2, 4], 1), tf.sign(normal([3, 2, 4], 2))];
  for (const head of ['sigmoid', 'linear'] as const) {
    const one = (k: number) => {
      const part = (x: tf.Tensor) => tf.reshape(tf.slice(x, [0, 0, k], [3, 2, 1]), [6, 1]);
      // m is 8 there and 1 here.
      return phi(part(z), part(noise), { head, alpha: 2 / Math.sqrt(8) })[0];
    };
    const [value] = phi(z, noise, { head, alpha: 2 });
    expectClose(value, tf.addN([0, 1, 2, 3].map(one)), 1e-5);
  }
});

test('padding may hold anything', () => {
  const noise = tf.ones([2, 2]);
  const mask = tf.tensor1d([1, 0]);
  const z = tf.tensor2d([
    [1, -2],
    [Number.NaN, Number.POSITIVE_INFINITY],
  ]);
  for (const head of ['sigmoid', 'linear'] as const) {
    const [value, dClean, dNoisy] = phi(z, noise, { head, mask, alpha: 1 });
    const alone = phi(tf.slice(z, 0, 1), tf.slice(noise, 0, 1), { head, alpha: 1 });
    expectClose(value, alone[0], 1e-6);
    for (const gradient of [dClean, dNoisy]) {
      expect(Array.from(gradient.dataSync()).every(Number.isFinite)).toBe(true);
    }
  }
});
