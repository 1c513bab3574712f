import * as tf from '@tensorflow/tfjs-core';
import { type Method, stepOf } from '@toploss/experiments/classification/methods';
import type { Stack } from '@toploss/experiments/classification/network';
import type { Examples } from '@toploss/experiments/classification/problem';
import { stackOf } from '@toploss/experiments/classification/stack';
import { type Arms, adam, batchOf, type Size } from './arms.js';

/** One of the methods does its work at every fourth step. */
export const PERIOD = 4;

const SASP = {
  name: 'SASP network',
  lambda: 1,
  fraction: 1,
  scale: 'relative',
  root: 'ratio',
} as const;

const NOISE = { name: 'SASP by weight noise', root: 'ratio', lambda: 1, every: PERIOD } as const;

const METHODS: Record<string, Method> = {
  plain: { name: 'plain' },
  L2: { name: 'L2', lambda: 1e-3 },
  'network, every 4th step': { ...SASP, every: PERIOD },
  'weight noise, every 4th step': NOISE,
  'network, ¼ of the batch': { ...SASP, fraction: 0.25 },
  'network, all of the batch': SASP,
  SAM: { name: 'SAM', rho: 0.1 },
};

/** For every method the function that trains a network of its own. */
export function networkArms({ widths, batch }: Size): Arms {
  const { x, oneHot } = batchOf({ widths, batch });
  const examples: Examples = { x, y: oneHot };
  return Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => {
      const network = networkOf(widths);
      const step = stepOf(method, { network, optimizer: adam(), rate: 1e-4, seed: 1 });
      return [name, () => step.take(examples)];
    }),
  );
}

export function networkOf(widths: readonly number[]): Stack {
  const layers = widths.slice(1).map((outputs, k) => {
    const inputs = widths[k] as number;
    const scale = Math.sqrt(2 / inputs); // and a seed above 0, which tfjs takes for none
    return {
      kernel: tf.variable(
        tf.randomNormal<tf.Rank.R2>([inputs, outputs], 0, scale, 'float32', k + 1),
      ),
      bias: tf.variable(tf.zeros<tf.Rank.R1>([outputs])),
      activation: k < widths.length - 2 ? ('relu' as const) : ('linear' as const),
    };
  });
  return {
    params: layers.flatMap(({ kernel, bias }): tf.Variable[] => [kernel, bias]),
    layers,
    forward: stackOf(layers),
  };
}
