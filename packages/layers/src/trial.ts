import * as tf from '@tensorflow/tfjs-core';
import { reject, type Term } from '@toploss/core';
import { again, type End, holding, into, silent } from './again.js';
import { lossOf, type Trained, where } from './model.js';
import { Seeds } from './pass.js';
import { stepOf } from './step.js';
import { forward } from './train-function.js';

/** Inputs and targets, as `fit` takes them. */
export type TrialBatch = readonly [x: unknown, y: unknown];

export interface Trial {
  readonly terms: readonly Term[];
  /** Which one the terms read. */
  readonly output: number | undefined;
  /** By default made up. */
  readonly batch: TrialBatch | undefined;
  /** That λ and the seeds are tried at. */
  readonly firstStep: number;
  /** Whether a term differentiates the loss again. */
  readonly repeats: boolean;
}

/**
 * A step that is not taken: all that can fail in it fails now. Its optimizer declines, so no parameter moves and
 * nothing is observed; what is not trained is put back.
 */
export function tryOut(model: Trained, { terms, output, batch, firstStep, repeats }: Trial): void {
  const declined = new Error();
  const step = stepOf(model, terms, output, firstStep, () => {
    throw declined;
  });
  if ((model as { stateful?: boolean }).stateful) {
    reject(where, 'model', 'to keep no state from batch to batch', 'a stateful layer');
  }
  tf.tidy(() =>
    holding(model, () => {
      const ends: End[] = [];
      let repeated = repeats;
      const onRepeat = () => {
        repeated = true;
      };
      try {
        const tensors = batch === undefined ? madeUp(model) : standardized(model, batch);
        const loss = () => forward(model, tensors, into(ends));
        try {
          step({ tensors, ends, loss, onRepeat });
        } finally {
          if (repeated) {
            checkRepeats(model, tensors);
          }
        }
      } catch (error) {
        if (error !== declined) {
          throw explained(error, batch);
        }
      }
    }),
  );
}

function standardized(model: Trained, [x, y]: TrialBatch): tf.Tensor[] {
  return model.standardizeUserDataXY(x, y).flat();
}

/** As many examples as the model asks for, or four; and some length where a dimension is free. */
function madeUp(model: Trained): tf.Tensor[] {
  const inputs = model.inputs.map(({ shape, dtype }) => {
    const sizes = shape.map((size, axis) => size ?? (axis === 0 ? 4 : 8));
    // Below 1, which as an index is 0.
    return tf.cast(tf.randomUniform(sizes), dtype);
  });
  const { ends } = again(model, {
    batch: inputs,
    seeds: new Seeds(),
    lossFunctions: silent(model),
  });
  return [...inputs, ...ends.map(({ yPred }, output) => targetsLike(yPred, lossOf(model, output)))];
}

/** Of class 0, 1, … in turn: indices where the loss asks for them, or one-hot, with none after the last class. */
function targetsLike({ shape }: tf.Tensor, loss: unknown): tf.Tensor {
  const [rows, classes] = [shape.slice(0, -1), shape.at(-1) as number];
  const filled = (shape: number[], entry: (k: number) => number) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, k) => entry(k)),
      shape,
    );
  return loss === 'sparseCategoricalCrossentropy'
    ? filled([...rows, 1], (k) => k % classes)
    : filled(shape, (k) => (k % (classes + 1) === 0 ? 1 : 0));
}

/** Throws unless the model makes the same of the same batch twice. */
function checkRepeats(model: Trained, batch: tf.Tensor[]): void {
  const seeds = new Seeds();
  const run = () =>
    again(model, { batch, seeds }).ends.flatMap(({ yPred }) => Array.from(yPred.dataSync()));
  const [first, second] = [run(), run()];
  const differs = first.some((x, k) => !isClose(x, second[k] as number));
  if (differs) {
    const expected =
      'to make the same of a batch twice, for a term that runs it again: no noise but that of dropout layers, whose mask is kept';
    reject(where, 'model', expected, model.layers.map(({ name }) => name).join(', '));
  }
}

const isClose = (a: number, b: number) =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-5 * (1 + Math.abs(a));

/** An error that comes from a batch of our making. */
function explained(error: unknown, batch: TrialBatch | undefined): unknown {
  const { message } = error as Error;
  if (batch !== undefined || message.includes(': expected `')) {
    return error;
  }
  const hint =
    'The terms were tried on a batch made up from the shapes of the model; give one of your own if that is why: `attach(model, terms, { batch: [x, y] })`.';
  return new Error(`${where}: a step with these terms fails: ${message}\n${hint}`, {
    cause: error,
  });
}
