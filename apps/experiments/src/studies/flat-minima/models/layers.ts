import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import { product } from './product.js';

/** Makes the parameters of a model, in the order in which they are asked for. The caller owns them. */
export interface Parameters {
  /** Normal entries with the deviation √(gain / fanIn); fanIn is the product of all sizes but the last. */
  kernel(shape: number[], gain?: number): tf.Variable;
  filled(shape: number[], value: number): tf.Variable;
  readonly all: tf.Variable[];
}

export function parameters(seed: number): Parameters {
  const { normal } = random(seed, 'weights');
  const all: tf.Variable[] = [];
  const add = (make: () => tf.Tensor): tf.Variable => {
    const variable = tf.tidy(() => tf.variable(make()));
    all.push(variable);
    return variable;
  };
  return {
    all,
    kernel(shape, gain = 1) {
      const size = shape.reduce((a, b) => a * b, 1);
      const deviation = Math.sqrt((gain * (shape.at(-1) as number)) / size);
      return add(() =>
        tf.tensor(
          Float32Array.from({ length: size }, () => deviation * normal()),
          shape,
        ),
      );
    },
    filled: (shape, value) => add(() => tf.fill(shape, value)),
  };
}

export type Layer = (x: tf.Tensor) => tf.Tensor;

/** x W + b */
export function dense(make: Parameters, inputs: number, outputs: number, gain = 1): Layer {
  const W = make.kernel([inputs, outputs], gain);
  const b = make.filled([outputs], 0);
  return (x) => tf.add(product(x, W), b);
}

/** Over some axes of a tensor. */
export interface Statistics {
  mean: tf.Tensor;
  variance: tf.Tensor;
}

/**
 * (x − mean) / √(variance + ε), with a gain and a shift for each entry of the last axis. The statistics are those of x over
 * the axes, unless they are known.
 */
export function normalization(make: Parameters, size: number, axes: number[]) {
  const gain = make.filled([size], 1);
  const shift = make.filled([size], 0);
  return (x: tf.Tensor, known?: Statistics): { y: tf.Tensor; statistics: Statistics } => {
    const mean = known?.mean ?? tf.mean(x, axes, true);
    const centered = tf.sub(x, mean);
    const variance = known?.variance ?? tf.mean(tf.square(centered), axes, true);
    const scale = tf.mul(tf.rsqrt(tf.add(variance, 1e-5)), gain);
    return { y: tf.add(tf.mul(centered, scale), shift), statistics: { mean, variance } };
  };
}
