import * as tf from '@tensorflow/tfjs-core';
import { EXTENT } from '../data/plane.js';
import type { Network } from './network.js';

/** Centers of `size` × `size` squares over the plane, row by row from the top left. */
export function grid(size: number): tf.Tensor2D {
  const at = (k: number) => EXTENT * ((2 * k + 1) / size - 1);
  const points = Float32Array.from({ length: 2 * size * size }, (_, k) => {
    const [row, column] = [Math.floor(k / 2 / size), Math.floor(k / 2) % size];
    return k % 2 === 0 ? at(column) : -at(row);
  });
  return tf.tensor2d(points, [size * size, 2]);
}

/** The predicted probability of class 1 at each point. */
export async function boundary(network: Network, points: tf.Tensor2D): Promise<Float32Array> {
  return read(() => {
    const probabilities = tf.softmax(network.forward(points).logits);
    return tf.slice(probabilities, [0, 1], [-1, 1]);
  });
}

/** The predicted class of each example. */
export async function predictions(network: Network, x: tf.Tensor2D): Promise<Int32Array> {
  return read(() => tf.argMax(network.forward(x).logits, 1));
}

async function read<Values extends Float32Array | Int32Array>(f: () => tf.Tensor): Promise<Values> {
  const tensor = tf.tidy(f);
  const values = (await tensor.data()) as Values;
  tensor.dispose();
  // On cpu and wasm it may be the memory of a tensor.
  return values.slice() as Values;
}
