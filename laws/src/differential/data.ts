import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Draw } from './draw.js';
import { shapes } from './layers.js';
import type { Network } from './networks.js';
import { headKinds, real } from './objectives.js';

const token = (draw: Draw) => draw.integer(0, 4);

/** So many examples: what `fit` takes as x and y, as an array, a tensor where it is one, or by name. */
export function dataOf(draw: Draw, { model, kinds, heads }: Network, size: number) {
  const inputs = kinds.map((kind) => {
    const shape = [size, ...shapes[kind]];
    const value = kind === 'tokens' ? token : real;
    const steps = Array.from({ length: tf.util.sizeFromShape(shape) }, () => value(draw));
    if (kind === 'sequence') {
      steps.fill(0, steps.length - 2); // A step that `masking` leaves out.
    }
    return tf.tensor(steps, shape);
  });
  const targets = heads.map(({ targets, units }) => {
    const rows = Array.from({ length: size }, () => headKinds[targets].target(draw, units));
    return tf.tensor2d(rows);
  });
  const form = (tensors: tf.Tensor[], names: string[]) =>
    draw.one<tfl.ModelFitArgs | object>(
      tensors.length === 1 ? (tensors[0] as tf.Tensor) : tensors,
      Object.fromEntries(names.map((name, k) => [name, tensors[k]])),
    );
  return {
    ...{ inputs, targets },
    x: form(inputs, model.inputNames) as tf.Tensor,
    y: form(targets, model.outputNames) as tf.Tensor,
    dispose: () => tf.dispose([inputs, targets] as never),
  };
}

export type Data = ReturnType<typeof dataOf>;

/** In batches of so many, as `tf.data` would give them. */
export function datasetOf(data: Data, batchSize: number, size: number | undefined) {
  const { inputs, targets } = data;
  const examples = (inputs[0] as tf.Tensor).shape[0] as number;
  const batch = (of: tf.Tensor[], from: number) => {
    const parts = of.map((x) =>
      tf.slice(
        x,
        [from, ...x.shape.slice(1).fill(0)],
        [Math.min(batchSize, examples - from), ...x.shape.slice(1)],
      ),
    );
    return parts.length === 1 ? parts[0] : parts;
  };
  const iterator = async () => {
    let from = -batchSize;
    return {
      next: async () => {
        from += batchSize;
        return from < examples
          ? { value: { xs: batch(inputs, from), ys: batch(targets, from) }, done: false }
          : { value: null, done: true };
      },
    };
  };
  return { iterator, size } as never;
}
