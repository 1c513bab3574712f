import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { composite } from '@toploss/composite';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { attach, batchLoss } from '@toploss/layers';
import { nger } from '@toploss/nger';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { initial } from './model.js';
import { falling, firstStep, resumed, type Training } from './training.js';

/** Every penalty at once in `trainOnBatch`, and at each hundredth step in `fit`, under SGD with momentum. */
export function byLayers(): Training {
  const model = twoOutputs();
  tf.tidy(() => model.setWeights(initial()));
  const optimizer = tf.train.momentum(1e-3, 0.9);
  model.compile({ optimizer, loss: ['categoricalCrossentropy', 'meanSquaredError'] });

  const weighting = nger({ tasks: 2, floor: 'window-min', window: 20 });
  const slow = dmta({ alpha: 2, mu: 0.9999 });
  const loss = batchLoss(model);
  const cosine = dmta({ mode: 'cosine', lambda: falling(1e-2), mu: 0.999, loss });
  const terms = [weighting, slow, { ...cosine, name: 'cosine' }, penalties()] as const;
  const attachment = attach(model, terms, { output: 'class', firstStep });
  const rate = () => tf.SGDOptimizer.prototype.dispose.call(optimizer); // which tfjs leaves behind

  return resumed({
    take: ({ x, labels, values }, step) =>
      step % 100 === 0
        ? model.fit(x, [labels, values], { batchSize: x.shape[0], verbose: 0 })
        : model.trainOnBatch(x, [labels, values]),
    remembering: [slow, cosine],
    values: () => model.getWeights(),
    owners: [
      { dispose: () => attachment.detach() },
      ...[weighting, slow, cosine, optimizer, model],
      { dispose: rate },
    ],
  });
}

const penalties = () =>
  composite([
    sasp({ lambda: falling(1e-2), includeBias: false }),
    saspNetwork({ lambda: falling(1e-2), every: 3, seed: 1, includeBias: false }),
    sbmp({ lambda: falling(0.1), seed: 2 }),
    cvp({ lambda: falling(1e-2) }),
  ]);

function twoOutputs(): tfl.LayersModel {
  const input = tfl.input({ shape: [3] });
  const dense = (
    x: tfl.SymbolicTensor,
    units: number,
    name: string,
    activation: 'tanh' | 'softmax' | 'linear',
  ) => tfl.layers.dense({ units, name, activation, useBias: false }).apply(x) as tfl.SymbolicTensor;
  const trunk = dense(input, 4, 'trunk', 'tanh');
  const outputs = [dense(trunk, 2, 'class', 'softmax'), dense(trunk, 1, 'value', 'linear')];
  return tfl.model({ inputs: input, outputs });
}
