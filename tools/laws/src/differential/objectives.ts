import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Draw } from './draw.js';
import type { Network } from './networks.js';
import { optimizerOf } from './optimizers.js';

type LossFunction = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;
export type Loss = string | LossFunction;

/** What an output predicts. */
export type Targets = 'oneHot' | 'classes' | 'logits' | 'binary' | 'real' | 'positive' | 'nothing';

export interface Head {
  readonly targets: Targets;
  readonly units: number;
}

const { losses } = tf;

const named = <F extends LossFunction>(name: string, f: F): F =>
  Object.defineProperty(f, 'name', { value: name });

/** For each example, and for all of them. */
const absolute = named('ownAbsolute', (y, z) => tf.mean(tf.abs(tf.sub(y, z)), -1));
const squared = named('ownSquared', (y, z) => tf.mean(tf.square(tf.sub(y, z))));
/** Reaches no weight. */
const ignoring = named('ownIgnoring', (y) => tf.mean(tf.mul(y, 0), -1));

interface HeadKind {
  readonly activation: 'softmax' | 'sigmoid' | 'linear' | 'softplus';
  readonly losses: readonly Loss[];
  units(draw: Draw): number;
  /** The target of an output of so many units. */
  target(draw: Draw, units: number): number[];
}

const oneHot = (draw: Draw, units: number) => {
  const target = new Array(units).fill(0);
  target[draw.integer(0, units - 1)] = 1;
  return target;
};
const each = (of: (draw: Draw) => number) => (draw: Draw, units: number) =>
  Array.from({ length: units }, () => of(draw));
const few = (draw: Draw) => draw.integer(1, 2);
export const real = (draw: Draw) => 2 * draw.number() - 1;

export const headKinds: Record<Targets, HeadKind> = {
  oneHot: {
    activation: 'softmax',
    losses: ['categoricalCrossentropy', 'kullbackLeiblerDivergence', 'meanSquaredError', absolute],
    units: () => 3,
    target: oneHot,
  },
  classes: {
    activation: 'softmax',
    losses: ['sparseCategoricalCrossentropy'],
    units: () => 3,
    target: (draw) => [draw.integer(0, 2)],
  },
  logits: {
    activation: 'linear',
    losses: [losses.softmaxCrossEntropy, losses.sigmoidCrossEntropy, 'categoricalHinge'],
    units: () => 3,
    target: oneHot,
  },
  binary: {
    activation: 'sigmoid',
    losses: ['binaryCrossentropy', 'meanSquaredError', losses.logLoss],
    units: few,
    target: each((draw) => draw.integer(0, 1)),
  },
  real: {
    activation: 'linear',
    losses: [
      ...['meanSquaredError', 'meanAbsoluteError', 'logcosh', 'hinge', 'squaredHinge'],
      ...['cosineProximity', losses.huberLoss, losses.absoluteDifference, losses.meanSquaredError],
      ...[absolute, squared],
    ],
    units: few,
    target: each(real),
  },
  positive: {
    activation: 'softplus',
    losses: ['poisson', 'meanSquaredLogarithmicError', 'meanAbsolutePercentageError'],
    units: few,
    target: each((draw) => 0.5 + draw.number()),
  },
  nothing: { activation: 'linear', losses: [ignoring], units: few, target: each(real) },
};

export const lossOf = (draw: Draw, { targets }: Head): Loss =>
  draw.one(...headKinds[targets].losses);

/** What `compile` is given. */
export function compileArgs(draw: Draw, { model, heads }: Network): tfl.ModelCompileArgs {
  const drawn = heads.map((head) => lossOf(draw, head));
  const byName = Object.fromEntries(model.outputNames.map((name, k) => [name, drawn[k]]));
  const metrics = draw.one(undefined, ['mse'], ['accuracy', absolute], {
    [model.outputNames[0] as string]: 'mse',
  });
  return {
    optimizer: optimizerOf(draw),
    loss: (drawn.length === 1 && draw.chance(0.7)
      ? drawn[0]
      : draw.one<object>(drawn, byName)) as string,
    ...(metrics === undefined ? {} : { metrics: metrics as string[] }),
  };
}
