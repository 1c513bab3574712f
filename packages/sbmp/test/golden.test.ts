import * as tf from '@tensorflow/tfjs-core';
import { sbmpPenalty } from '@toploss/sbmp';
import { expectClose, type GoldenTensor, golden, tensorOf } from '@toploss/testing';
import { expect, test } from 'vitest';

interface Case {
  name: string;
  model: string;
  embeddings: GoldenTensor;
  W: GoldenTensor;
  b: GoldenTensor;
  noise: GoldenTensor;
  alpha: number;
  symmetric: boolean;
  value: number;
  dEmbeddings: GoldenTensor;
  dW: GoldenTensor;
  dB: GoldenTensor;
}

const models: Record<string, (e: tf.Tensor) => tf.Tensor> = {
  'tanh(e)@W+b': (e) => tf.tanh(e),
  'mean_over_axis1(tanh(e))@W+b': (e) => tf.mean(tf.tanh(e), 1),
};

const cases = await golden<Case>('sbmp');

test('there are 24', () => expect(cases).toHaveLength(24));

test.each(cases)('$name', ({ model, alpha, symmetric, ...given }) => {
  const { value, grads } = tf.valueAndGrads((e: tf.Tensor, W: tf.Tensor, b: tf.Tensor) => {
    const features = models[model] as (e: tf.Tensor) => tf.Tensor;
    const modelFn = (e: tf.Tensor) => tf.add(tf.matMul(features(e), W), b);
    const noise = tensorOf(given.noise);
    return sbmpPenalty(modelFn(e), modelFn, e, { alpha, symmetric, noise, reduction: 'batch' });
  })([given.embeddings, given.W, given.b].map((x) => tensorOf(x)));
  expectClose(value, given.value, 1e-5, 1e-12);
  for (const [k, expected] of [given.dEmbeddings, given.dW, given.dB].entries()) {
    expectClose(grads[k] as tf.Tensor, expected, 1e-5, 1e-9);
  }
});
