import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import type { SequentialLayer } from '@toploss/sasp';

export interface Architecture {
  /** Of the parameters, kernel and bias of a layer after another. */
  shapes: readonly number[][];
  layers(theta: readonly tf.Tensor[]): SequentialLayer[];
}

/** For 8×8 digits: two convolutions of 3×3, padded. */
export const ARCHITECTURES = {
  'max pooling, flattened, dense 32': {
    shapes: [[3, 3, 1, 8], [8], [3, 3, 8, 16], [16], [256, 32], [32], [32, 10], [10]],
    layers: (theta) => [
      conv(theta, 0),
      conv(theta, 2),
      { pool: 'max', size: 2 },
      { ...dense(theta, 4), activation: 'relu' },
      dense(theta, 6),
    ],
  },
  'max pooling between, global average pooling': {
    shapes: [[3, 3, 1, 8], [8], [3, 3, 8, 16], [16], [16, 10], [10]],
    layers: (theta) => [
      conv(theta, 0),
      { pool: 'max', size: 2 },
      conv(theta, 2),
      { pool: 'avg', size: 4 },
      dense(theta, 4),
    ],
  },
} satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof ARCHITECTURES;

const conv = (theta: readonly tf.Tensor[], k: number) => ({
  kernel: theta[k] as tf.Tensor4D,
  bias: theta[k + 1] as tf.Tensor1D,
  activation: 'relu' as const,
  pad: 'same' as const,
});

const dense = (theta: readonly tf.Tensor[], k: number) => ({
  kernel: theta[k] as tf.Tensor2D,
  bias: theta[k + 1] as tf.Tensor1D,
});

/** By He's initialization; biases of 0. The caller owns them. */
export function parametersOf({ shapes }: Architecture, seed: number): tf.Variable[] {
  const { normal } = random(seed, 'weights');
  return shapes.map((shape) => {
    const size = shape.reduce((a, b) => a * b);
    const scale = shape.length === 1 ? 0 : Math.sqrt(2 / (size / (shape.at(-1) as number)));
    const values = Float32Array.from({ length: size }, () => scale * normal());
    return tf.tidy(() => tf.variable(tf.tensor(values, shape)));
  });
}
