import * as tf from '@tensorflow/tfjs-core';
import { type SaspWeightsOptions, saspWeightsPenalty } from '@toploss/sasp';
import { expectClose, type GoldenTensor, golden, readTogether, tensorOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

interface Case {
  name: string;
  model: 'dense' | 'normed' | 'recurrent';
  head: 'softmax' | 'sigmoid' | 'linear';
  scale: 'absolute' | 'relative';
  sigma: number;
  x: GoldenTensor;
  params: GoldenTensor[];
  /** v, for each parameter. */
  noise: GoldenTensor[];
  trace: number;
  traceGrads: GoldenTensor[];
  root: number;
  rootGrads: GoldenTensor[];
}

type Model = (x: tf.Tensor, ...theta: tf.Tensor[]) => tf.Tensor;

const affine = (x: tf.Tensor, W: tf.Tensor, b: tf.Tensor) =>
  tf.add(tf.matMul(x as tf.Tensor2D, W as tf.Tensor2D), b);

function normalized(h: tf.Tensor): tf.Tensor {
  const centered = tf.sub(h, tf.mean(h, 1, true));
  const variance = tf.mean(tf.square(centered), 1, true);
  return tf.div(centered, tf.sqrt(tf.add(variance, 1e-3)));
}

const models: Record<Case['model'], Model> = {
  dense: (x, W1, b1, W2, b2) => affine(tf.tanh(affine(x, W1, b1)), W2, b2),
  // A layer normalization, and a residual block of what it makes.
  normed: (x, W1, b1, gain, shift, W2, b2, W3, b3) => {
    const h = tf.add(tf.mul(normalized(tf.tanh(affine(x, W1, b1))), gain), shift);
    return affine(tf.add(h, tf.tanh(affine(h, W2, b2))), W3, b3);
  },
  recurrent: (x, W, U, b, V, c) => {
    let h: tf.Tensor = tf.zeros([x.shape[0] as number, U.shape[0] as number]);
    for (const step of tf.unstack(x, 1)) {
      h = tf.tanh(tf.add(affine(step, W, b), tf.matMul(h as tf.Tensor2D, U as tf.Tensor2D)));
    }
    return affine(h, V, c);
  },
};

const cases = await golden<Case>('sasp-weights');
test('there are 18 cases', () => expect(cases).toHaveLength(18));

describe.each(cases)('$name', ({ model, head, scale, sigma, ...given }) => {
  test.each([
    ['trace', false],
    ['root', true],
  ] as const)('%s and its gradients', (key, root) => {
    const x = tensorOf(given.x);
    const params = given.params.map((p) => tf.variable(tensorOf(p)));
    const noise = Object.fromEntries(
      params.map(({ name }, k) => [name, tensorOf(given.noise[k] as GoldenTensor)]),
    );
    const options: SaspWeightsOptions = { head, scale, sigma, root, noise };
    const f = (x: tf.Tensor) => (models[model] as Model)(x, ...params);
    const { value, grads } = tf.variableGrads(
      () => saspWeightsPenalty(f(x), f, x, params, options),
      params,
    );
    // The difference of two passes, divided by σ = 1/16, keeps a digit less than a pass.
    const inOrder = params.map(({ name }) => grads[name] as tf.Tensor);
    const [phi, ...gradients] = readTogether([value, ...inOrder]);
    expectClose(phi as GoldenTensor, given[key], 2e-5);
    for (const [k, gradient] of gradients.entries()) {
      expectClose(gradient, given[`${key}Grads`][k] as GoldenTensor, 1e-4, 1e-6);
    }
    tf.dispose(params);
  });
});
