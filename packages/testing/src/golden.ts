import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';

/** A tensor in a golden file, row-major. */
export interface GoldenTensor {
  shape: number[];
  data: number[];
}

/** The cases of a golden file: values and gradients in float64, inputs that float32 represents exactly. */
export function golden<Case>(name: string): Case[] {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8'));
}

export function tensorOf<R extends tf.Rank>({ shape, data }: GoldenTensor, dtype?: tf.DataType) {
  return tf.tensor<R>(data, shape as tf.ShapeMap[R], dtype);
}
