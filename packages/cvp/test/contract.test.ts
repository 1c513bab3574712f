import * as tf from '@tensorflow/tfjs-core';
import { type CvpInputs, cvp } from '@toploss/cvp';
import { correctionContract, penaltyContract } from '@toploss/testing';

const theta = tf.randomNormal([4, 3], 0, 1, 'float32', 1);
const g = tf.randomNormal([4, 3], 0, 1, 'float32', 2);
const beta = 3;
const map = (x: unknown) => x as { w: tf.Tensor };

penaltyContract<CvpInputs>({
  name: 'cvp',
  make: (lambda) => cvp({ lambda, beta }),
  configure: cvp,
  inputs: () => ({ params: { w: theta }, grads: { w: g } }),
  by: ({ params }) => [map(params).w],
  at: (inputs, [w]) => ({ ...inputs, params: { w: w as tf.Tensor } }),
  // ½ Σ a θ², the gate a where it was
  held: ({ params }) => {
    const product = tf.mul(theta, g);
    const scale = tf.sqrt(tf.mean(tf.square(product)));
    const gate = tf.sigmoid(tf.mul(beta, tf.div(product, scale)));
    return tf.mul(0.5, tf.sum(tf.mul(gate, tf.square(map(params).w))));
  },
});

correctionContract({
  name: 'cvp',
  make: (lambda) => ({ term: cvp({ lambda, beta }) }),
  params: () => ({ w: theta, b: tf.tensor1d([1, 2]) }),
  grads: () => ({ w: g, b: tf.tensor1d([3, 4]) }),
  readsParams: true,
});
