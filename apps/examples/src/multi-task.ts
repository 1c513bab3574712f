// Two tasks of one network: the class of a digit, and a rating that is mostly noise.
import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type NgerTermOptions, nger, ntkProxies } from '@toploss/nger';
import { compare } from './compare.js';
import { type Digits, type Examples, readDigits } from './data.js';
import type { Arm } from './experiment.js';
import { scoreOf } from './metrics.js';
import type { Network } from './network.js';
import { random } from './random.js';
import { adam } from './training-step.js';

const EPOCHS = 50;
const NOISE = 3;

/** Of each image, how bright it is, in standard deviations, and noise of three of them. */
const ratings = ratingsOf(readDigits());

function ratingsOf({ pixels }: Digits): number[] {
  const { normal } = random(0, 'second task');
  const brightness = pixels.map((image) => image.reduce((sum, x) => sum + x, 0));
  const mean = brightness.reduce((sum, x) => sum + x, 0) / brightness.length;
  const variance = brightness.reduce((sum, x) => sum + (x - mean) ** 2, 0) / brightness.length;
  return brightness.map((x) => (x - mean) / Math.sqrt(variance) + NOISE * normal());
}

/** The network with a head for the rating beside that for the class. */
function withSecondHead({ params, forward }: Network) {
  const { normal } = random(0, 'second head');
  const width = params.at(-2)?.shape[0] as number;
  const kernel = Float32Array.from({ length: width }, () => normal() / Math.sqrt(width));
  const head = tf.variable(tf.tensor2d(kernel, [width, 1]));
  const targets = tf.tensor2d(ratings, [ratings.length, 1]);
  return {
    params: [...params, head],
    /** The losses of both tasks, and the features that they share. */
    tasks: ({ positions, images, oneHot }: Examples) => {
      const { logits, features } = forward(images);
      const error = tf.sub(tf.matMul(features, head), tf.gather(targets, positions));
      const taskLosses: tf.Scalar[] = [
        tf.losses.softmaxCrossEntropy(oneHot, logits),
        tf.mean(tf.square(error)),
      ];
      return { taskLosses, features };
    },
    dispose: () => tf.dispose([head, targets]),
  };
}

/** Weights that stay; with a share of 1 the class is learned alone. */
function fixedWeights(share: number): Arm {
  return (network) => {
    const { params, tasks, dispose } = withSecondHead(network);
    const optimizer = adam();
    const step = trainStep({ optimizer, params, terms: [] });
    return {
      take: (batch) => {
        const losses = step(() => {
          const [ofClass, ofRating] = tasks(batch).taskLosses as [tf.Scalar, tf.Scalar];
          return { loss: tf.add(tf.mul(share, ofClass), tf.mul(1 - share, ofRating)) };
        });
        tf.dispose(losses);
      },
      dispose: () => {
        optimizer.dispose();
        dispose();
      },
    };
  };
}

function ngerWeights(options: Omit<NgerTermOptions, 'tasks'>): Arm {
  return (network) => {
    const { params, tasks, dispose } = withSecondHead(network);
    const optimizer = adam();
    const weighting = nger({ tasks: 2, ...options });
    const step = trainStep({ optimizer, params, terms: [weighting] });
    return {
      take: (batch) => {
        const losses = step(() => {
          const { taskLosses, features } = tasks(batch);
          const inputs = { taskLosses, ntkProxies: ntkProxies(() => taskLosses, features) };
          return { loss: weighting.loss(inputs), ...inputs };
        });
        tf.dispose(losses);
      },
      dispose: () => {
        optimizer.dispose();
        weighting.dispose();
        dispose();
      },
    };
  };
}

const SHARES = [0.5, 0.8, 0.95, 0.99, 0.999];

/** The share, the window and γ chosen with `--tune`: the least cross-entropy on validation images. */
const CHOSEN: Record<string, Arm> = {
  'the class alone': fixedWeights(1),
  'equal weights': fixedWeights(0.5),
  'fixed weights, .999 for the class': fixedWeights(0.999),
  'NGER, window-min (Python)': ngerWeights({ floor: 'window-min' }),
  NGER: ngerWeights({}),
  'NGER, window 50': ngerWeights({ window: 50 }),
};

const GRID: Record<string, Arm> = {
  'the class alone': fixedWeights(1),
  ...Object.fromEntries(SHARES.map((share) => [`fixed weights, ${share}`, fixedWeights(share)])),
  ...Object.fromEntries(
    (['window-min', 'ema-min', 'taylor'] as const).flatMap((floor) =>
      [0.5, 1].flatMap((gamma) =>
        [50, 200].map((window) => [
          `NGER ${floor}, γ = ${gamma}, window ${window}`,
          ngerWeights({ floor, gamma, window }),
        ]),
      ),
    ),
  ),
};

console.log('500 images of digits: their class, and a rating of which nine tenths are noise.');
await compare({
  epochs: EPOCHS,
  chosen: CHOSEN,
  grid: GRID,
  columns: (set) => [
    {
      name: `${set} accuracy (%)`,
      decimals: 1,
      measure: (network, sets) => 100 * scoreOf(network, sets[set]).accuracy,
    },
    {
      name: `${set} cross-entropy`,
      decimals: 3,
      best: 'least',
      measure: (network, sets) => scoreOf(network, sets[set]).crossEntropy,
    },
  ],
});
