import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { sasp } from '@toploss/sasp';
import { expectClose } from '@toploss/testing';
import { test } from 'vitest';

test('by hand: one step of SGD with the loss and the penalty of a softmax of two classes', async () => {
  const dense = tfl.layers.dense({
    units: 2,
    inputShape: [1],
    activation: 'softmax',
    useBias: false,
    kernelInitializer: 'zeros',
  });
  const model = tfl.sequential({ layers: [dense] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
  attach(model, [sasp({ lambda: 0.5, curvature: 'hessian' })]);

  await model.trainOnBatch(tf.tensor2d([[2]]), tf.tensor2d([[1, 0]]));
  // z = (0, 0), p = (½, ½), y = (1, 0), h = 2:
  // ∂L/∂z = p − y = (−½, ½)
  // ∂T/∂z = S · (−2 p⊙(p − ‖p‖²)) = 0, as p = ‖p‖² = ½, whatever S
  // W − η h ∂L/∂z = −0.1 · 2 · (−½, ½) = (0.1, −0.1)
  expectClose(dense.getWeights()[0] as tf.Tensor, tf.tensor2d([[0.1, -0.1]]), 1e-6);

  await model.trainOnBatch(tf.tensor2d([[2]]), tf.tensor2d([[1, 0]]));
  // z = (0.2, −0.2), p₁ = 1/(1 + e^−0.4) = 0.5986877, p₂ = 0.4013123, ‖p‖² = 0.5194784
  // ∂L/∂z = (−0.4013123, 0.4013123)
  // S = h² = 4, as there is no bias; ∂T/∂z₁ = −2 · 4 · 0.5986877 · (0.5986877 − 0.5194784) = −0.3793731, ∂T/∂z₂ = 0.3793731
  // W₁ − η h (∂L/∂z₁ + ½ ∂T/∂z₁) = 0.1 + 0.2 · (0.4013123 + 0.1896865) = 0.2181998
  expectClose(dense.getWeights()[0] as tf.Tensor, tf.tensor2d([[0.2181998, -0.2181998]]), 1e-5);
});
