import * as tf from '@tensorflow/tfjs-core';
import '@toploss/core/gradients';
import { composite } from '@toploss/composite';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { lossesAndProxies, nger } from '@toploss/nger';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { type Batch, initial, shapes } from './model.js';
import { falling, firstStep, resumed, type Training } from './training.js';

/** Every penalty at once in `trainStep`, under Adam. */
export function byTrainStep(): Training {
  const params = tf.tidy(() =>
    initial().map((w, k) => tf.variable(w, true, Object.keys(shapes)[k])),
  );
  const { featuresOf, lossesOf, outputsOf } = network(params as unknown as Kernels);
  let batch: Batch;

  const weighting = nger({ tasks: 2 });
  const slow = dmta({
    alpha: linearAlpha({ alpha: 2, steps: 2 ** 25 }),
    mu: halfLifeMu({ from: 0.9, to: 0.9999, steps: 2 ** 25 }),
  });
  const loss = () => tf.addN(lossesOf(batch, featuresOf(batch.x))) as tf.Scalar;
  const cosine = dmta({ mode: 'cosine', lambda: falling(1e-2), mu: 0.999, loss });
  const optimizer = tf.train.adam(1e-3);
  const step = trainStep({
    optimizer,
    params,
    firstStep,
    terms: [weighting, slow, { ...cosine, name: 'cosine' }, penalties()], // a name for each
  });
  const forward = () => {
    const outputs = outputsOf(batch);
    const losses = lossesAndProxies((h: tf.Tensor2D) => lossesOf(batch, h), outputs.features);
    return { loss: weighting.loss(losses), ...losses, ...outputs };
  };

  const remembering = [weighting, slow, cosine];
  return resumed({
    take: (next) => {
      batch = next;
      tf.dispose(step(forward));
    },
    remembering,
    values: () => params,
    owners: [...remembering, optimizer, ...params],
  });
}

const penalties = () =>
  composite([
    sasp({ lambda: falling(1e-2) }),
    saspNetwork({ lambda: falling(1e-2), every: 3, seed: 1 }),
    sbmp({ lambda: falling(0.1), seed: 2 }),
    cvp({ lambda: falling(1e-2), decoupled: true }),
  ]);

type Kernels = [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

/** h = tanh(x · trunk), of which the logits are h · head, and the value h · second. */
function network([trunk, head, second]: Kernels) {
  const featuresOf = (x: tf.Tensor): tf.Tensor2D => tf.tanh(tf.matMul(x as tf.Tensor2D, trunk));
  const logitsOf = (h: tf.Tensor2D): tf.Tensor2D => tf.matMul(h, head);
  const modelFn = (x: tf.Tensor) => logitsOf(featuresOf(x));
  return {
    featuresOf,
    lossesOf: ({ labels, values }: Batch, h: tf.Tensor2D): tf.Scalar[] => [
      tf.losses.softmaxCrossEntropy(labels, logitsOf(h)),
      tf.losses.meanSquaredError(values, tf.matMul(h, second)),
    ],
    outputsOf: ({ x, labels }: Batch) => {
      const features = featuresOf(x);
      return {
        ...{ logits: logitsOf(features), features, targets: labels, modelFn, embeddings: x },
        layers: [
          { input: x, kernel: trunk, activation: 'tanh' as const },
          { input: features, kernel: head },
        ],
      };
    },
  };
}
