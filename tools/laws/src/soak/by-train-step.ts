import * as tf from '@tensorflow/tfjs-core';
import '@toploss/core/gradients';
import { composite } from '@toploss/composite';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { lossesAndProxies, nger } from '@toploss/nger';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { type Batch, batches, initial, shapes } from './model.js';
import { age, falling, firstStep, type Training } from './training.js';

/** Every penalty at once in `trainStep`, under Adam. */
export function byTrainStep(): Training {
  const given = batches();
  let step = firstStep;
  const batch = () => given[step % given.length] as Batch;

  const params = tf.tidy(() =>
    initial().map((w, k) => tf.variable(w, true, Object.keys(shapes)[k])),
  );
  const [trunk, head, second] = params as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const featuresOf = (x: tf.Tensor): tf.Tensor2D => tf.tanh(tf.matMul(x as tf.Tensor2D, trunk));
  const logitsOf = (h: tf.Tensor2D): tf.Tensor2D => tf.matMul(h, head);
  const modelFn = (x: tf.Tensor) => logitsOf(featuresOf(x));
  const taskLosses = (h: tf.Tensor2D): tf.Scalar[] => [
    tf.losses.softmaxCrossEntropy(batch().labels, logitsOf(h)),
    tf.losses.meanSquaredError(batch().values, tf.matMul(h, second)),
  ];
  const lossOf = () => tf.addN(taskLosses(featuresOf(batch().x))) as tf.Scalar;

  const weighting = nger({ tasks: 2 });
  const slow = dmta({
    alpha: linearAlpha({ alpha: 2, steps: 2 ** 25 }),
    mu: halfLifeMu({ from: 0.9, to: 0.9999, steps: 2 ** 25 }),
  });
  const cosine = dmta({ mode: 'cosine', lambda: falling(1e-2), mu: 0.999, loss: lossOf });
  const remembering = [weighting, slow, cosine];
  const optimizer = tf.train.adam(1e-3);
  const take = trainStep({
    optimizer,
    params,
    firstStep,
    terms: [
      weighting,
      slow,
      { ...cosine, name: 'cosine' }, // a name for each
      composite([
        sasp({ lambda: falling(1e-2) }),
        saspNetwork({ lambda: falling(1e-2), every: 3, seed: 1 }),
        sbmp({ lambda: falling(0.1), seed: 2 }),
        cvp({ lambda: falling(1e-2), decoupled: true }),
      ]),
    ],
  });
  const forward = () => {
    const { x, labels } = batch();
    const features = featuresOf(x);
    const logits = logitsOf(features);
    const losses = lossesAndProxies(taskLosses, features);
    return {
      ...{ loss: weighting.loss(losses), ...losses },
      ...{ logits, features, targets: labels, modelFn, embeddings: x },
      layers: [
        { input: x, kernel: trunk, activation: 'tanh' as const },
        { input: features, kernel: head },
      ],
    };
  };

  return {
    get step() {
      return step;
    },
    advance: () => {
      tf.dispose(take(forward));
      if (step === firstStep) {
        remembering.forEach(age);
      }
      step += 1;
    },
    values: () => params.flatMap((w) => [...w.dataSync()]),
    dispose: () => {
      for (const owner of [...remembering, optimizer, ...params]) {
        owner.dispose();
      }
      tf.dispose(given as unknown as tf.TensorContainer);
    },
  };
}
