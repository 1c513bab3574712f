import * as tf from '@tensorflow/tfjs-core';
import { cvp } from '@toploss/cvp';
import { correctionContract, normal, penaltyContract } from '@toploss/testing';
import { subjectOf } from '@toploss/testing/recipes';
import { penalties } from './calls.js';

for (const penalty of penalties) {
  penaltyContract(subjectOf(penalty));
}

correctionContract({
  name: 'cvp',
  make: (lambda) => ({ term: cvp({ lambda, beta: 3 }) }),
  params: () => ({ w: normal([4, 3], 1), b: tf.tensor1d([1, 2]) }),
  grads: () => ({ w: normal([4, 3], 2), b: tf.tensor1d([3, 4]) }),
  readsParams: true,
});
