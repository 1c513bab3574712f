// An app that uses every export of this package: check:packages compiles it against the packed package. It never runs.
import * as tf from '@tensorflow/tfjs-core';
import * as core from '@toploss/core';
import * as ngers from '@toploss/nger';

declare const optimizer: tf.Optimizer;
declare const loss: tf.Scalar;
declare const features: tf.Tensor2D;
declare const targets: tf.Tensor1D;

export function ngerTypes() {
  const perTask: ngers.PerTask = [loss, 1];
  const options: ngers.NgerOptions = { gamma: 0.5, eps: 1e-6, total: 2 };
  const weights: tf.Tensor1D = ngers.ngerWeights(perTask, [0, 0], targets, options);
  const scalar: tf.Scalar = ngers.ngerLoss(perTask, [0, 0], [1, 1]);
  const shared: ngers.Shared = [features];
  ngers.ntkProxies(() => [loss, loss], shared);
  const both = ngers.lossesAndProxies((_: tf.Tensor2D) => [loss, loss], features);

  const floor: ngers.Floor = 'taylor';
  const termOptions: ngers.NgerTermOptions = { tasks: 2, floor, window: 10 };
  const term: ngers.Nger = ngers.nger(termOptions);
  const inputs: ngers.NgerInputs = { taskLosses: perTask, ntkProxies: [1, 1] };
  term.loss(both);
  term.observe(inputs);
  const state: ngers.NgerState = term.getState();
  term.setState(state);
  // @ts-expect-error the proxies are forgotten
  term.loss({ taskLosses: perTask });
  // @ts-expect-error the number of tasks is forgotten
  ngers.nger({});
  const step = core.trainStep({ optimizer, terms: [term] });
  step(() => ({ loss: term.loss(inputs), ...inputs }));
  // @ts-expect-error the losses of the tasks are forgotten
  step(() => ({ loss, ntkProxies: [1, 1] }));
  return tf.add(scalar, tf.sum(weights));
}
