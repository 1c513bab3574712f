import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { composite } from '@toploss/composite';
import { type Term, trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { functional, normal, sequential, twins, variablesOf } from './models.js';

const x = normal([6, 3], 11);
const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
const oneHot = tf.cast(tf.oneHot(labels, 3), 'float32') as tf.Tensor2D;
const values = normal([6, 3], 12) as tf.Tensor2D;

type Head = 'softmax' | 'sigmoid' | 'linear';

/** What a model ends in, its loss for `compile`, the same loss by hand, and its targets. */
interface Ending {
  readonly head: Head;
  readonly activation: Head;
  readonly loss: string | ((y: tf.Tensor, z: tf.Tensor) => tf.Tensor);
  readonly y: tf.Tensor;
  readonly targets: tf.Tensor;
  byHand(logits: tf.Tensor2D): tf.Scalar;
}

const softmaxCrossEntropy = (logits: tf.Tensor2D) =>
  tf.losses.softmaxCrossEntropy(oneHot, logits) as tf.Scalar;

const endings: Record<string, Ending> = {
  softmax: {
    head: 'softmax',
    activation: 'softmax',
    loss: 'categoricalCrossentropy',
    y: oneHot,
    targets: oneHot,
    byHand: softmaxCrossEntropy,
  },
  'softmax of class indices': {
    head: 'softmax',
    activation: 'softmax',
    loss: 'sparseCategoricalCrossentropy',
    y: tf.cast(tf.reshape(labels, [6, 1]), 'float32'),
    targets: labels,
    byHand: softmaxCrossEntropy,
  },
  'from logits': {
    head: 'softmax',
    activation: 'linear',
    loss: (y, z) => tf.losses.softmaxCrossEntropy(y, z, undefined, undefined, tf.Reduction.NONE),
    y: oneHot,
    targets: oneHot,
    byHand: softmaxCrossEntropy,
  },
  sigmoid: {
    head: 'sigmoid',
    activation: 'sigmoid',
    loss: 'binaryCrossentropy',
    y: oneHot,
    targets: oneHot,
    byHand: (logits) => tf.losses.sigmoidCrossEntropy(oneHot, logits),
  },
  regression: {
    head: 'linear',
    activation: 'linear',
    loss: 'meanSquaredError',
    y: values,
    targets: values,
    byHand: (logits) => tf.losses.meanSquaredError(values, logits),
  },
};

/** A penalty of the user's own: the squared length of the parameters. */
const length = {
  name: 'length',
  penalty: ({ params }: { params: tf.NamedTensorMap }) =>
    tf.mul(0.01, tf.addN(Object.values(params).map((w) => tf.sum(tf.square(w))))) as tf.Scalar,
};

/** A correction of the user's own: gradients of half the size. */
const half = {
  name: 'half',
  correct: (grads: tf.NamedTensorMap) =>
    Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.mul(0.5, g)])),
};

type Make = (head: Head, loss: () => tf.Scalar) => Term[];

const terms: Record<string, Make> = {
  nothing: () => [],
  sasp: (head) => [sasp({ head, lambda: 0.3, curvature: 'hessian' })],
  'sasp of the Fisher information': (head) => [sasp({ head, lambda: 0.1 })],
  saspNetwork: (head) => [saspNetwork({ head, lambda: 0.3, every: 1, seed: 5 })],
  'saspNetwork at every second step': (head) => [
    saspNetwork({ head, lambda: (step) => 0.1 * step, every: 2, seed: 5 }),
  ],
  cvp: () => [cvp({ lambda: 0.3 })],
  'cvp, decoupled': () => [cvp({ lambda: 0.3, decoupled: true })],
  dmta: () => [dmta({ mu: 0.9 })],
  'dmta of the cosine': (_head, loss) => [dmta({ mode: 'cosine', lambda: 0.2, mu: 0.5, loss })],
  composite: (head) => [composite([sasp({ head, lambda: 0.3 }), cvp({ lambda: 0.1 })])],
  'a penalty and a correction of the user': () => [length, half],
};

const optimizers = {
  sgd: () => tf.train.sgd(0.1),
  adam: () => tf.train.adam(0.02),
};

/** Five steps with `trainStep`, the model written out. */
function train(model: tfl.LayersModel, ending: Ending, make: Make, optimizer: tf.Optimizer) {
  const [w1, b1, w2, b2] = variablesOf(model) as unknown as [
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor2D,
    tf.Tensor1D,
  ];
  const modelFn = (e: tf.Tensor) => {
    const features = tf.tanh(tf.add(tf.matMul(e as tf.Tensor2D, w1), b1)) as tf.Tensor2D;
    return { features, logits: tf.add(tf.matMul(features, w2), b2) as tf.Tensor2D };
  };
  const loss = () => ending.byHand(modelFn(x).logits);
  const step = trainStep({
    optimizer,
    params: variablesOf(model),
    terms: make(ending.head, loss),
  }) as (forward: () => object) => Record<string, tf.Scalar>;
  return Array.from({ length: 5 }, () =>
    step(() => {
      const { features, logits } = modelFn(x);
      return {
        loss: ending.byHand(logits),
        logits,
        features,
        targets: ending.targets,
        embeddings: x,
        modelFn: (e: tf.Tensor) => modelFn(e).logits,
        params: Object.fromEntries(variablesOf(model).map((w) => [w.name, w])),
        layers: [
          { input: x, kernel: w1, activation: 'tanh' },
          { input: features, kernel: w2 },
        ],
      };
    }),
  );
}

async function expectSameTraining(
  build: (activation: Head) => tfl.LayersModel,
  ending: Ending,
  make: Make,
  optimizer: () => tf.Optimizer,
) {
  const [attached, written] = twins(() => build(ending.activation));
  attached.compile({ optimizer: optimizer(), loss: ending.loss as string });
  const attachment = attach(attached, make(ending.head, batchLoss(attached)));
  const expected = train(written, ending, make, optimizer());
  for (const losses of expected) {
    const loss = await attached.trainOnBatch(x, ending.y);
    expectClose(loss as number, losses.base as tf.Scalar, 1e-4);
    const actual = attachment.losses();
    expect(Object.keys(actual)).toEqual(Object.keys(losses));
    for (const [name, value] of Object.entries(losses)) {
      expectClose(actual[name] as tf.Scalar, value, 1e-3, 1e-6);
    }
  }
  for (const [k, weight] of attached.getWeights().entries()) {
    expectClose(weight, written.getWeights()[k] as tf.Tensor, 1e-3);
  }
}

describe.each(Object.entries({ sequential, functional }))('%s', (_name, build) => {
  describe.each(Object.entries(endings))('%s', (_name, ending) => {
    test.each(Object.entries(terms))('%s, as written out with trainStep', async (_name, make) => {
      await expectSameTraining(build, ending, make, optimizers.sgd);
    });
  });

  test.each(Object.entries(terms))('%s, under Adam', async (_name, make) => {
    await expectSameTraining(build, endings.softmax as Ending, make, optimizers.adam);
  });

  test.each(['softmax', 'from logits', 'sigmoid', 'regression'])('sbmp, %s', async (name) => {
    const make: Make = (head) => [sbmp({ head, lambda: 0.5, alpha: 0.5, seed: 3 })];
    await expectSameTraining(build, endings[name] as Ending, make, optimizers.sgd);
  });
});
