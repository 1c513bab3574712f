import * as tf from '@tensorflow/tfjs-core';
import { type Method, type Network, stepOf } from '@toploss/experiments/methods';
import type { Examples } from '@toploss/experiments/problems';
import { sequential } from '@toploss/sasp';

/** A multilayer perceptron and its batch. */
export interface Size {
  widths: number[];
  batch: number;
}

export const SIZES: Size[] = [
  { widths: [16, 32, 4], batch: 32 },
  { widths: [64, 128, 128, 128, 10], batch: 64 },
  { widths: [64, 256, 256, 10], batch: 128 },
  { widths: [784, 256, 10], batch: 512 },
  { widths: [128, 256, 256, 256, 10], batch: 128 },
  { widths: [64, 512, 512, 10], batch: 128 },
];

export const METHODS: Record<string, Method> = {
  plain: { name: 'plain' },
  L2: { name: 'L2', strength: 1e-3 },
  'network, ¼ of the batch': { name: 'SASP network', strength: 0.1, fraction: 0.25 },
  'network, every 4th step': { name: 'SASP network', strength: 0.1, fraction: 1, every: 4 },
  'network, all of the batch': { name: 'SASP network', strength: 0.1, fraction: 1 },
  SAM: { name: 'SAM', strength: 0.1 },
};

/** A sample is four steps, as one of the methods does its work at every fourth. */
const STEPS = 4;

/** For every method the function that trains a network of its own. */
export function armsOf({ widths, batch }: Size): Record<string, () => void> {
  const classes = widths.at(-1) as number;
  const labels = tf.randomUniform([batch], 0, classes, 'int32', 1) as tf.Tensor1D;
  const examples: Examples = {
    x: tf.randomNormal([batch, widths[0] as number], 0, 1, 'float32', 2) as tf.Tensor2D,
    y: tf.cast(tf.oneHot(labels, classes), 'float32') as tf.Tensor2D,
  };
  return Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => {
      const network = networkOf(widths);
      const optimizer = tf.train.adam(1e-4, 0.9, 0.999, 1e-7);
      const step = stepOf(method, { network, optimizer, steps: 1, seed: 1 });
      const train = () => {
        for (let k = 0; k < STEPS; k++) {
          step(examples);
        }
        network.params[0]?.dataSync(); // waits, where the backend works ahead
      };
      return [name, train];
    }),
  );
}

export function networkOf(widths: readonly number[]): Network {
  const layers = widths.slice(1).map((outputs, k) => {
    const inputs = widths[k] as number;
    return {
      kernel: tf.variable(
        tf.randomNormal<tf.Rank.R2>([inputs, outputs], 0, Math.sqrt(2 / inputs), 'float32', k),
      ),
      bias: tf.variable(tf.zeros<tf.Rank.R1>([outputs])),
      activation: k < widths.length - 2 ? ('relu' as const) : ('linear' as const),
    };
  });
  return {
    params: layers.flatMap(({ kernel, bias }): tf.Variable[] => [kernel, bias]),
    forward: sequential(layers),
  };
}
