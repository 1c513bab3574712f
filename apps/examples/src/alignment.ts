// DMTA as a term of any optimizer, beside AdEMAMix, the optimizer that it comes from.
import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { dmta, halfLifeMu, linearAlpha } from '@toploss/dmta';
import { AdEMAMix } from './ademamix.js';
import { type Column, compare } from './compare.js';
import type { Arm } from './experiment.js';
import { scoreOf } from './metrics.js';

const EPOCHS = 50;
const STEPS = 500;
/** The epochs after which the training loss is looked at. */
const [EARLY, MIDDLE] = [5, 15];

interface Slow {
  alpha: number;
  mu: number;
}

/** α and μ grow over the whole training, as in the paper. */
const schedules = ({ alpha, mu }: Slow) => ({
  alpha: linearAlpha({ alpha, steps: STEPS }),
  mu: halfLifeMu({ from: 0.9, to: mu, steps: STEPS }),
});

type Optimizer = Pick<tf.Optimizer, 'applyGradients' | 'dispose'>;

function step(makeOptimizer: () => Optimizer, slow?: Slow): Arm {
  return ({ params, forward }) => {
    const optimizer = makeOptimizer();
    const terms = slow === undefined ? [] : [dmta(schedules(slow))];
    const take = trainStep({ optimizer, params, terms });
    return {
      take: ({ images, oneHot }) => {
        const loss = () =>
          tf.losses.softmaxCrossEntropy(oneHot, forward(images).logits) as tf.Scalar;
        tf.dispose(take(() => ({ loss: loss() })));
      },
      dispose: () => {
        optimizer.dispose();
        for (const term of terms) {
          term.dispose();
        }
      },
    };
  };
}

const adam = (rate: number, slow?: Slow) => step(() => tf.train.adam(rate), slow);
const sgd = (rate: number, slow?: Slow) => step(() => tf.train.sgd(rate), slow);
const momentum = (rate: number) => step(() => tf.train.momentum(rate, 0.9));
const ademamix = (rate: number, slow: Slow) => {
  const { alpha, mu } = schedules(slow);
  const betas = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  return step(() => new AdEMAMix({ learningRate: rate, alpha, beta3: mu, ...betas }));
};

/** Chosen with `--tune`: the least cross-entropy on validation images at the last epoch. */
const CHOSEN: Record<string, Arm> = {
  SGD: sgd(0.3),
  'SGD + DMTA': sgd(0.3, { alpha: 1, mu: 0.99 }),
  'SGD with momentum': momentum(0.01),
  Adam: adam(3e-3),
  'Adam, the rate of the next two': adam(1e-3),
  'Adam + DMTA': adam(1e-3, { alpha: 2, mu: 0.97 }),
  AdEMAMix: ademamix(1e-3, { alpha: 2, mu: 0.97 }),
};

// A half-life of 690 steps, μ = .999, outlasts the training: it was far behind everywhere.
const SLOW: Slow[] = [
  { alpha: 1, mu: 0.99 },
  { alpha: 2, mu: 0.99 },
  { alpha: 5, mu: 0.99 },
  { alpha: 2, mu: 0.97 },
];
const grid = (
  name: string,
  rates: number[],
  make: (rate: number, slow?: Slow) => Arm,
  of: Slow[],
) =>
  rates.flatMap((rate): [string, Arm][] =>
    of.length === 0
      ? [[`${name} ${rate}`, make(rate)]]
      : of.map((slow) => [`${name} ${rate}, α ${slow.alpha}, μ ${slow.mu}`, make(rate, slow)]),
  );
const ADAPTIVE = [3e-4, 1e-3, 3e-3, 1e-2];
const PLAIN = [0.01, 0.03, 0.1, 0.3, 1];
const GRID = Object.fromEntries([
  ...grid('SGD', PLAIN, sgd, []),
  ...grid('SGD + DMTA', PLAIN, sgd, SLOW),
  ...grid('momentum', [0.003, 0.01, 0.03, 0.1], momentum, []),
  ...grid('Adam', ADAPTIVE, adam, []),
  ...grid('Adam + DMTA', ADAPTIVE, adam, SLOW),
  ...grid('AdEMAMix', ADAPTIVE, (rate, slow) => ademamix(rate, slow as Slow), SLOW),
]);

const trainingLoss = (epoch: number, decimals: number): Column => ({
  name: `training loss, epoch ${epoch}`,
  decimals,
  epoch,
  measure: (network, { training }) => scoreOf(network, training).crossEntropy,
});

console.log(`500 images of digits, ${STEPS} steps.`);
await compare({
  epochs: EPOCHS,
  chosen: CHOSEN,
  grid: GRID,
  columns: (set) => [
    trainingLoss(EARLY, 3),
    trainingLoss(MIDDLE, 4),
    {
      name: `${set} cross-entropy`,
      decimals: 3,
      best: 'least',
      measure: (network, sets) => scoreOf(network, sets[set]).crossEntropy,
    },
    {
      name: `${set} accuracy (%)`,
      decimals: 1,
      measure: (network, sets) => 100 * scoreOf(network, sets[set]).accuracy,
    },
  ],
});
