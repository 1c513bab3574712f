import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { saspWeightsPenalty } from '@toploss/sasp';
import { expectClose, valuesOf } from '@toploss/testing';
import { describe, expect, it } from 'vitest';
import { crossEntropy } from '../src/classification/methods/step.js';
import { type Method, stepOf } from '../src/classification/methods.js';
import { modelOf } from '../src/studies/flat-minima/models.js';
import { trained } from './trained.js';

const SEED = 5;
const examples = {
  x: tf.randomUniform([6, 64], 0, 1, 'float32', 1) as tf.Tensor2D,
  y: tf.tidy(() => tf.cast(tf.oneHot([0, 1, 2, 3, 4, 5], 10), 'float32')) as tf.Tensor2D,
};

/** What a step of gradient descent with rate 1 takes from the parameters of the CNN. */
function gradientOf(method: Method): number[] {
  const network = modelOf('CNN', 1);
  const before = network.params.flatMap((p) => valuesOf(p));
  const optimizer = tf.train.sgd(1);
  stepOf(method, { network, optimizer, rate: 1, seed: SEED }).take(examples);
  const after = network.params.flatMap((p) => valuesOf(p));
  return before.map((x, k) => x - (after[k] as number));
}

/** Of a loss of the CNN, by tfjs, at θ + shift. */
function gradientAt(
  shift: (size: number) => number[],
  loss: (network: ReturnType<typeof modelOf>) => tf.Scalar,
): number[] {
  const network = modelOf('CNN', 1);
  for (const p of network.params) {
    p.assign(tf.add(p, tf.tensor(shift(p.size), p.shape)));
  }
  const { grads } = tf.variableGrads(() => loss(network), network.params);
  return network.params.flatMap(({ name }) => valuesOf(grads[name] as tf.Tensor));
}

describe('NSO', () => {
  it('is the mean of the gradients at θ + U and θ − U', () => {
    const sigma = 0.1;
    const at = (sign: number) => {
      const { normal } = random(SEED, 'noise of the weights');
      const shift = (size: number) => Array.from({ length: size }, () => sign * sigma * normal());
      return gradientAt(shift, (network) => crossEntropy(network, examples));
    };
    const [there, opposite] = [at(1), at(-1)];
    const expected = there.map((g, k) => (g + (opposite[k] as number)) / 2);
    expectClose(gradientOf({ name: 'NSO', sigma }), expected, 1e-3);
  });
});

describe('SASP by weight noise', () => {
  it('adds the gradient of λΦ to that of the cross-entropy, both passes with the batch’s statistics', () => {
    const expected = gradientAt(
      (size) => Array(size).fill(0),
      (network) => {
        const modelFn = (x: tf.Tensor2D) => network.forward(x).logits;
        const logits = modelFn(examples.x);
        const penalty = saspWeightsPenalty(logits, modelFn, examples.x, network.params, {
          seed: SEED,
        });
        return tf.add(crossEntropy(network, examples), tf.mul(0.7, penalty)) as tf.Scalar;
      },
    );
    const found = gradientOf({ name: 'SASP by weight noise', lambda: 0.7 });
    expectClose(found, expected, 1e-3);
  });

  it('is plain training with λ = 0, bit for bit', () => {
    const plain = trained({ name: 'plain' });
    expect(trained({ name: 'SASP by weight noise', lambda: 0 })).toEqual(plain);
    expect(trained({ name: 'SASP by weight noise', lambda: 0.5 })).not.toEqual(plain);
  });

  it('has its own steps: every k-th only', () => {
    const every = (k: number) => trained({ name: 'SASP by weight noise', lambda: 0.5, every: k });
    expect(every(4)).not.toEqual(every(1));
    expect(every(4)).not.toEqual(every(2));
  });
});

describe('SASP network', () => {
  it('is measured absolutely unless it is told to be relative', () => {
    const of = (scale?: 'relative' | 'absolute') =>
      trained({ name: 'SASP network', lambda: 0.3, fraction: 1, ...(scale && { scale }) });
    expect(of()).toEqual(of('absolute'));
    expect(of('relative')).not.toEqual(of());
  });
});
