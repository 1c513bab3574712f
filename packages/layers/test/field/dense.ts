import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  chain,
  compiled,
  concatenate,
  dense,
  flatten,
  functional,
  input,
  type Specimens,
  stack,
} from './kit.js';

const { layers } = tfl;
const mse = 'meanSquaredError';
const of = (...inputShape: number[]) => ({ inputShape });
const sparse = 'sparseCategoricalCrossentropy';

/** Of tfjs-examples. */
export const examples: Specimens = {
  'getting started: a line': { make: () => compiled(stack(dense(1, 'linear', of(1))), mse) },
  'abalone: two sigmoid layers': {
    make: () => compiled(stack(dense(5, 'sigmoid', of(4)), dense(5, 'sigmoid'), dense(1)), mse),
  },
  'baseball: pitch type': {
    make: () =>
      compiled(
        stack(dense(6, 'relu', of(4)), dense(5, 'relu'), dense(4, 'relu'), dense(3, 'softmax')),
        sparse,
        tf.train.adam(),
      ),
  },
  'baseball: strike zone': {
    make: () =>
      compiled(stack(dense(6, 'relu', of(5)), dense(4, 'relu'), dense(2, 'softmax')), sparse),
  },
  'boston housing: linear regression': {
    make: () => compiled(stack(dense(1, 'linear', of(6))), mse),
  },
  'boston housing: one hidden layer': {
    make: () =>
      compiled(
        stack(dense(5, 'sigmoid', { ...of(6), kernelInitializer: 'leCunNormal' }), dense(1)),
        mse,
      ),
  },
  'boston housing: two hidden layers': {
    make: () => compiled(stack(dense(5, 'sigmoid', of(6)), dense(5, 'sigmoid'), dense(1)), mse),
  },
  'data generator: a card game': {
    make: () =>
      compiled(
        stack(dense(4, 'relu', of(5)), dense(4, 'relu'), dense(1, 'sigmoid')),
        'binaryCrossentropy',
        'rmsprop',
      ),
  },
  'intent classifier: one layer': { make: () => compiled(stack(dense(4, 'softmax', of(6)))) },
  iris: {
    make: () =>
      compiled(stack(dense(10, 'sigmoid', of(4)), dense(3, 'softmax')), undefined, 'adam'),
  },
  'jena weather: linear regression': {
    make: () => compiled(stack(flatten({ inputShape: [4, 3] }), dense(1)), 'meanAbsoluteError'),
  },
  'jena weather: a dense network': {
    make: () =>
      compiled(
        stack(flatten({ inputShape: [4, 3] }), dense(6, 'relu'), dense(1)),
        'meanAbsoluteError',
        'rmsprop',
      ),
  },
  'jena weather: with L2': {
    make: () => {
      const kernelRegularizer = tfl.regularizers.l2();
      return compiled(
        stack(flatten({ inputShape: [4, 3] }), dense(6, 'relu', { kernelRegularizer }), dense(1)),
        'meanAbsoluteError',
      );
    },
  },
  'jena weather: with dropout': {
    make: () =>
      compiled(
        stack(
          flatten({ inputShape: [4, 3] }),
          dense(6, 'relu'),
          layers.dropout({ rate: 0.25 }),
          dense(1),
        ),
        'meanAbsoluteError',
      ),
  },
  'mnist: dense': {
    make: () =>
      compiled(stack(flatten({ inputShape: [4, 4, 1] }), dense(6, 'relu'), dense(4, 'softmax'))),
  },
  'quantization: housing': {
    make: () =>
      compiled(
        stack(
          dense(6, 'relu', of(4)),
          layers.dropout({ rate: 0.2 }),
          dense(6, 'relu'),
          layers.dropout({ rate: 0.1 }),
          dense(1),
        ),
        'meanAbsoluteError',
        'adam',
      ),
  },
  'sentiment: multi-hot': {
    make: () =>
      compiled(
        stack(dense(4, 'relu', of(8)), dense(4, 'relu'), dense(1, 'sigmoid')),
        'binaryCrossentropy',
      ),
  },
  'webcam transfer learning: a head without a bias': {
    make: () =>
      compiled(
        stack(
          flatten({ inputShape: [2, 2, 3] }),
          dense(5, 'relu', { kernelInitializer: 'varianceScaling' }),
          dense(4, 'softmax', { useBias: false }),
        ),
      ),
  },
  'website phishing': {
    make: () =>
      compiled(
        stack(dense(5, 'sigmoid', of(4)), dense(5, 'sigmoid'), dense(1, 'sigmoid')),
        'binaryCrossentropy',
      ),
  },
  'cart pole: a policy of logits': {
    make: () => compiled(stack(dense(4, 'elu', of(4)), dense(1)), tf.losses.sigmoidCrossEntropy),
  },
};

/** Of tutorials and forums. */
export const others: Specimens = {
  'XOR: a sigmoid under a mean squared error': {
    make: () => compiled(stack(dense(4, 'sigmoid', of(2)), dense(1, 'sigmoid')), mse),
  },
  'a softmax under a mean squared error': {
    make: () => compiled(stack(dense(4, 'relu', of(3)), dense(3, 'softmax')), mse),
  },
  'a softmax of two under a binary cross-entropy': {
    make: () => compiled(stack(dense(4, 'relu', of(3)), dense(2, 'softmax')), 'binaryCrossentropy'),
  },
  'a sigmoid under a categorical cross-entropy': {
    make: () => compiled(stack(dense(4, 'relu', of(3)), dense(3, 'sigmoid'))),
  },
  'several labels': {
    make: () => compiled(stack(dense(6, 'tanh', of(4)), dense(5, 'sigmoid')), 'binaryCrossentropy'),
  },
  'a softmax of its own layer': {
    make: () =>
      compiled(stack(dense(4, 'linear', of(3)), layers.leakyReLU(), dense(3), layers.softmax({}))),
  },
  'a range that a tanh bounds': {
    make: () => compiled(stack(dense(4, 'tanh', of(3)), dense(2, 'tanh')), mse),
  },
  'counts, by a Poisson loss': {
    make: () => compiled(stack(dense(4, 'relu', of(3)), dense(1, 'softplus')), 'poisson'),
  },
  'logits under a loss that takes them': {
    make: () => compiled(stack(dense(4, 'selu', of(3)), dense(3)), tf.losses.softmaxCrossEntropy),
  },
  'an autoencoder of probabilities': {
    make: () =>
      compiled(
        stack(dense(4, 'relu', of(6)), dense(3, 'relu'), dense(4, 'relu'), dense(6, 'sigmoid')),
        'binaryCrossentropy',
      ),
  },
  'an autoencoder under a mean squared error': {
    make: () => compiled(stack(dense(3, 'relu', of(6)), dense(6, 'sigmoid')), mse),
  },
  'self-normalizing, with alpha dropout': {
    make: () =>
      compiled(
        stack(
          dense(6, 'selu', { ...of(4), kernelInitializer: 'leCunNormal' }),
          layers.alphaDropout({ rate: 0.1 }),
          dense(3, 'softmax'),
        ),
      ),
  },
  'batch normalization between dense layers': {
    make: () =>
      compiled(
        stack(
          dense(6, 'linear', { ...of(4), useBias: false }),
          layers.batchNormalization(),
          layers.reLU(),
          layers.dropout({ rate: 0.3 }),
          dense(3, 'softmax'),
        ),
      ),
  },
  'a denoising autoencoder': {
    make: () =>
      compiled(
        stack(
          layers.gaussianNoise({ stddev: 0.2, inputShape: [6] }),
          dense(3, 'relu'),
          dense(6, 'sigmoid'),
        ),
        mse,
      ),
  },
  'wide and deep': {
    make: () => {
      const x = input(5);
      const deep = chain(x, dense(4, 'relu'), dense(3, 'relu'));
      return functional(
        x,
        chain([x, deep], concatenate(), dense(1, 'sigmoid')),
        'binaryCrossentropy',
      );
    },
  },
  'a support vector machine': {
    make: () => compiled(stack(dense(1, 'linear', of(4))), 'hinge'),
    head: 'linear',
  },
  'quantiles, by a loss of the user': {
    make: () =>
      compiled(stack(dense(4, 'relu', of(3)), dense(1)), (y: tf.Tensor, z: tf.Tensor) => {
        const d = tf.sub(y, z);
        return tf.mean(tf.maximum(tf.mul(0.9, d), tf.mul(-0.1, d)), -1);
      }),
    head: 'linear',
  },
};
