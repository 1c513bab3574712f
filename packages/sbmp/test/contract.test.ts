import * as tf from '@tensorflow/tfjs-core';
import { type SbmpInputs, sbmp, sbmpPenalty } from '@toploss/sbmp';
import { penaltyContract } from '@toploss/testing';

const w = tf.randomNormal([3, 4], 0, 1, 'float32', 1);
const embeddings = tf.randomNormal([5, 3], 0, 1, 'float32', 2);
const noise = tf.sub(tf.mul(2, tf.cast(tf.greater(embeddings, 0), 'float32')), 1);
const modelFn = (e: tf.Tensor) => tf.matMul(tf.tanh(e), w);
const options = { alpha: 1, symmetric: false };

penaltyContract<SbmpInputs>({
  name: 'sbmp',
  make: (lambda) => sbmp({ ...options, lambda }),
  configure: sbmp,
  inputs: () => ({ logits: modelFn(embeddings), modelFn, embeddings, noise }),
  by: ({ embeddings }) => [embeddings],
  at: (inputs, [embeddings]) => ({ ...inputs, embeddings: embeddings as tf.Tensor }),
  held: ({ embeddings }, { logits }) =>
    sbmpPenalty(logits, modelFn, embeddings, { ...options, noise }),
  optional: ['noise'],
});
