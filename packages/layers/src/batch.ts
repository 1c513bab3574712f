import * as tf from '@tensorflow/tfjs-core';
import type { Rule } from '@toploss/core/kit';
import { check, type TrainedModel } from './watch/model.js';
import { type LossEnd, Pass } from './watch/pass.js';

/** Inputs and targets, as `fit` takes them. */
export type TrialBatch = readonly [x: unknown, y: unknown];

/** Inputs or targets, in an array or an object of their own. */
export const copyOf = (part: unknown): unknown =>
  part instanceof tf.Tensor ? part : Array.isArray(part) ? [...part] : { ...(part as object) };

/** The tensors of an array, or of an object by name. */
const tensorsOf = (part: unknown): unknown[] =>
  part instanceof tf.Tensor ? [part] : Object.values((part ?? [undefined]) as object);

/** Whether `fit` takes data of this form, and can read it. */
const isReadable = (part: unknown): boolean =>
  typeof part === 'object' && tensorsOf(part).every((x) => x instanceof tf.Tensor && !x.isDisposed);

export const batchRule: Rule = {
  expected:
    'to be an array of inputs and targets, [x, y], each a tensor or tensors, that are not disposed of',
  allows: (value) => Array.isArray(value) && value.length === 2 && value.every(isReadable),
};

/** A batch in the form in which the train function of tfjs takes it. */
export function standardized(model: TrainedModel, [x, y]: TrialBatch): tf.Tensor[] {
  try {
    return model.standardizeUserDataXY(x, y).flat();
  } catch (error) {
    const expected = 'to be x and y as `fit` of this model takes them';
    return check.reject('batch', expected, (error as Error).message);
  }
}

/** As many examples as the model needs, or four; a free dimension gets the length 8. */
export function syntheticBatch(model: TrainedModel): tf.Tensor[] {
  const inputs = model.inputs.map(({ shape, dtype }) => {
    const sizes = shape.map((size, axis) => size ?? (axis === 0 ? 4 : 8));
    // Below 1: as indices, all are 0.
    return tf.cast(tf.randomUniform(sizes), dtype);
  });
  const { ends } = new Pass(model, inputs).again({ isSilent: true });
  return [...inputs, ...ends.map(targetsFor)];
}

/** The classes 0, 1, … in turn, as indices if the loss takes them, else one-hot; 1 and 0 in turn for one class. */
function targetsFor({ yPred: { shape }, lossGiven }: LossEnd): tf.Tensor {
  const classes = shape.at(-1) as number;
  const isSparse = lossGiven === 'sparseCategoricalCrossentropy';
  const oneHot = (k: number) =>
    classes === 1 ? (k + 1) % 2 : Number(Math.floor(k / classes) % classes === k % classes);
  const own = isSparse ? [...shape.slice(0, -1), 1] : shape;
  const length = tf.util.sizeFromShape(own);
  return tf.tensor(
    Float32Array.from({ length }, (_, k) => (isSparse ? k % classes : oneHot(k))),
    own,
  );
}
