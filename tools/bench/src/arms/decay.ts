import * as tf from '@tensorflow/tfjs-core';
import { applyCvp } from '@toploss/cvp';
import { type Arms, adam } from './arms.js';

/** Adam on that many parameters in ten matrices, with and without CVP. */
export function decayArms(parameters: number): Arms {
  const shape: [number, number] = [10, parameters / 100];
  const make = (
    correct: (grads: tf.NamedTensorMap, params: tf.NamedTensorMap) => tf.NamedTensorMap,
  ) => {
    const variables = Array.from({ length: 10 }, (_, k) =>
      tf.variable(tf.randomNormal(shape, 0, 1, 'float32', k + 1)),
    );
    const params = Object.fromEntries(variables.map((w) => [w.name, w as tf.Tensor]));
    const grads = Object.fromEntries(
      variables.map(({ name }, k) => [name, tf.randomNormal(shape, 0, 1, 'float32', k + 100)]),
    );
    const optimizer = adam();
    return () => tf.tidy(() => optimizer.applyGradients(correct(grads, params)));
  };
  return {
    Adam: make((grads) => grads),
    'Adam + CVP': make((grads, params) => applyCvp(grads, params)),
    'Adam + CVP, hard gate': make((grads, params) => applyCvp(grads, params, { beta: Infinity })),
  };
}
