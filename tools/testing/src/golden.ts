/// <reference types="vite/types/importMeta.d.ts" />
import * as tf from '@tensorflow/tfjs-core';

/** A tensor in a golden file, row-major. */
export interface GoldenTensor {
  shape: number[];
  data: number[];
}

const files = import.meta.glob('../golden/*.json', { import: 'default' });

/** The cases of a golden file: values and gradients in float64, inputs that float32 represents exactly. */
export async function golden<Case>(name: string): Promise<Case[]> {
  const read = files[`../golden/${name}.json`];
  if (read === undefined) {
    throw new Error(`There is no golden/${name}.json.`);
  }
  return (await read()) as Case[];
}

export function tensorOf<R extends tf.Rank>({ shape, data }: GoldenTensor, dtype?: tf.DataType) {
  return tf.tensor<R>(data, shape as tf.ShapeMap[R], dtype);
}
