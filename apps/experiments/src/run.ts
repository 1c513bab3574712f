import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { type ActivationName, sequential } from '@toploss/sasp';
import { type Method, type Network, stepOf } from './methods.js';
import { crossEntropyOf, type Score, scoresOf, traceOf } from './metrics.js';
import { type Examples, type Problem, setsOf } from './problems.js';

/** Everything that decides a run. */
export interface Setting {
  problem: Problem;
  /** Of the hidden layers. */
  widths: number[];
  activation: ActivationName;
  /** `'momentum-decay'`: the learning rate falls linearly to 0. */
  optimizer: 'adam' | 'momentum' | 'momentum-decay';
  batch: number;
  epochs: number;
  method: Method;
  seed: number;
  /** How often, in epochs, the training loss and the exact trace are taken. */
  traceEvery?: number;
}

export interface Result {
  validation: Score;
  test: Score;
  temperature: number;
  trainingLoss: number;
  /** Loss and trace on the training set, wrong labels included. */
  path: { epoch: number; loss: number; trace: number }[];
}

const ADAM = 2e-3;
const MOMENTUM = 0.05;

/** The same setting gives the same result. */
export function run(setting: Setting): Result {
  const sets = setsOf(setting.problem, setting.seed);
  const network = networkOf([sets.features, ...setting.widths, sets.classes], setting);
  const count = sets.training.x.shape[0];
  const stepsPerEpoch = Math.ceil(count / setting.batch);
  const steps = stepsPerEpoch * setting.epochs;
  const optimizer =
    setting.optimizer === 'adam'
      ? tf.train.adam(ADAM, 0.9, 0.999, 1e-7)
      : tf.train.momentum(MOMENTUM, 0.9);
  const step = stepOf(setting.method, { network, optimizer, steps, seed: 1e6 * setting.seed });
  const { permutation } = random(setting.seed, 'batches');

  const path: Result['path'] = [];
  let taken = 0;
  for (let epoch = 1; epoch <= setting.epochs; epoch++) {
    const order = permutation(count);
    for (let start = 0; start < count; start += setting.batch) {
      if (setting.optimizer === 'momentum-decay') {
        (optimizer as tf.MomentumOptimizer).setLearningRate(MOMENTUM * (1 - taken / steps));
      }
      const batch = rowsOf(sets.training, order.slice(start, start + setting.batch));
      step(batch);
      tf.dispose({ ...batch });
      taken += 1;
    }
    if (setting.traceEvery !== undefined && epoch % setting.traceEvery === 0) {
      const loss = crossEntropyOf(network, sets.training);
      path.push({ epoch, loss, trace: traceOf(network, sets.training) });
    }
  }
  const trainingLoss = crossEntropyOf(network, sets.training);
  const result = { ...scoresOf(network, sets), trainingLoss, path };
  optimizer.dispose();
  tf.dispose([network.params, { ...sets.training }, { ...sets.validation }, { ...sets.test }]);
  return result;
}

function networkOf(sizes: readonly number[], { activation, seed }: Setting): Network {
  const { normal } = random(seed, 'weights');
  const layers = sizes.slice(1).map((outputs, k) => {
    const inputs = sizes[k] as number;
    // He's initialization for ReLU, which halves the square of what passes, LeCun's for the others
    const scale = Math.sqrt((activation === 'relu' ? 2 : 1) / inputs);
    const values = Float32Array.from({ length: inputs * outputs }, () => scale * normal());
    return {
      kernel: tf.tidy(() => tf.variable(tf.tensor2d(values, [inputs, outputs]))),
      bias: tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([outputs]))),
      activation: k < sizes.length - 2 ? activation : ('linear' as const),
    };
  });
  return {
    params: layers.flatMap(({ kernel, bias }): tf.Variable[] => [kernel, bias]),
    forward: sequential(layers),
  };
}

const rowsOf = ({ x, y }: Examples, positions: readonly number[]): Examples =>
  tf.tidy(() => {
    const indices = tf.tensor1d([...positions], 'int32');
    return { x: tf.gather(x, indices), y: tf.gather(y, indices) };
  });
