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

type Form = tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;

/** In batches of so many, as `tf.data` would give them, in the form of x and y. */
export function datasetOf({ inputs, x, y }: Data, batchSize: number, size: number | undefined) {
  const examples = (inputs[0] as tf.Tensor).shape[0] as number;
  const batchOf = (form: Form, from: number): Form => {
    const part = (x: tf.Tensor) => tf.slice(x, from, Math.min(batchSize, examples - from));
    if (form instanceof tf.Tensor) {
      return part(form);
    }
    return Array.isArray(form)
      ? form.map(part)
      : Object.fromEntries(Object.entries(form).map(([name, x]) => [name, part(x)]));
  };
  const iterator = async () => {
    let from = -batchSize;
    return {
      next: async () => {
        from += batchSize;
        return from < examples
          ? { value: { xs: batchOf(x, from), ys: batchOf(y, from) }, done: false }
          : { value: null, done: true };
      },
    };
  };
  return { iterator, size } as never;
}
