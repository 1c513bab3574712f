import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak } from '@toploss/testing';
import { expect, test } from 'vitest';
import { AdEMAMix } from '../src/studies/alignment/ademamix.js';

const options = {
  learningRate: 0.1,
  beta1: 0.5,
  beta2: 0.75,
  alpha: (step: number) => step + 1,
  beta3: () => 0.9,
  epsilon: 0,
};

test('by hand', () => {
  // g = 2: m₁ = 1, /(1 − ½) = 2; m₂ = .2, α = 1; ν = 1, /(1 − ¾) = 4: θ = 0 − .1·2.2/2 = −.11
  // g = −4: m₁ = −1.5, /¾ = −2; m₂ = −.22, α = 2; ν = 4.75, /(1 − .5625) = 10.857:
  // θ = −.11 + .1·2.44/3.2950 = −.03595
  const w = tf.variable(tf.tensor1d([0]), true, 'w');
  const optimizer = new AdEMAMix(options);
  optimizer.applyGradients({ w: tf.tensor1d([2]) });
  expectClose(w, [-0.11], 1e-5);
  optimizer.applyGradients([{ name: 'w', tensor: tf.tensor1d([-4]) }]);
  expectClose(w, [-0.11 + (0.1 * 2.44) / Math.sqrt(4.75 / 0.4375)], 1e-5);
  w.dispose();
  optimizer.dispose();
});

test('leaks nothing', () => {
  const w = tf.variable(tf.ones([3]), true, 'w');
  const g = tf.ones([3]);
  const before = tf.memory().numTensors;
  const optimizer = new AdEMAMix(options);
  optimizer.applyGradients({ w: g });
  expectNoLeak(() => {
    optimizer.applyGradients({ w: g });
    return [];
  });
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([w, g]);
});
