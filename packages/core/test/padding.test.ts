import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct, trainStep } from '@toploss/core';
import { expectClose, normal, numericalGradient } from '@toploss/testing';
import { describe, test } from 'vitest';

// Three classes: on WebGL what the softmax leaves beside them gets into products of matrices, see src/padding.ts.
describe('an odd number of classes', () => {
  const x = normal([4, 3], 1) as tf.Tensor2D;
  const y = tf.oneHot(tf.tensor1d([0, 1, 2, 1], 'int32'), 3);
  const lossOf = (first: tf.Tensor, last: tf.Tensor) => {
    const h = tf.tanh(tf.matMul(x, first)) as tf.Tensor2D;
    return tf.losses.softmaxCrossEntropy(y, tf.matMul(h, last)) as tf.Scalar;
  };
  const parameters = () =>
    [tf.variable(normal([3, 5], 2)), tf.variable(normal([5, 3], 3))] as const;

  test('after a step the gradients are those of differences', () => {
    const [first, last] = parameters();
    const loss = () => lossOf(first, last);
    tf.dispose(trainStep({ optimizer: tf.train.sgd(2), terms: [] })(() => ({ loss: loss() })));
    const { grads } = tf.variableGrads(loss, [first]);
    const expected = numericalGradient((x) => lossOf(x, last), tf.clone(first));
    expectClose(grads[first.name] as tf.Tensor, expected, 1e-3);
  });

  test('the product of the Hessian with the gradient is a difference along it', () => {
    const [first, last] = parameters();
    const loss = () => lossOf(first, last);
    const { grads: g } = tf.variableGrads(loss, [first, last]);
    const uploaded = Object.fromEntries(
      Object.entries(g).map(([name, x]) => [name, tf.tensor(x.dataSync().slice(), x.shape)]),
    );
    const [ours, expected] = [g, uploaded].map((v) => hessianVectorProduct(loss, [first, last], v));
    for (const { name } of [first, last]) {
      expectClose(ours?.[name] as tf.Tensor, expected?.[name] as tf.Tensor, 1e-4);
    }
  });
});
