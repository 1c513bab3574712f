import * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import type { TrialBatch } from './setup.js';
import type { Minimizer, TakeStep } from './step.js';
import { again, holding } from './watch/again.js';
import { Draws, withOwnDraws } from './watch/draws.js';
import { isTrainable, lossOf, type TrainedModel, where } from './watch/model.js';
import { checkRepeats } from './watch/repeats.js';
import { forward } from './watch/train-function.js';

/**
 * Runs a step without taking it, so that whatever can fail in it fails now. Its optimizer declines: no parameter moves
 * and nothing is observed. Weights that are not trained are put back, and random numbers go on where they were.
 *
 * @param batch By default made up.
 * @param repeatsLoss Whether a term asks for the loss of the batch again.
 */
export function tryOut(
  step: TakeStep,
  model: TrainedModel,
  batch: TrialBatch | undefined,
  repeatsLoss: boolean,
): void {
  if ((model as { stateful?: boolean }).stateful) {
    const expected = 'to keep no state from batch to batch: set `stateful: false`';
    reject(where, 'model', expected, 'a stateful layer');
  }
  if (!isTrainable(model)) {
    return;
  }
  const run = () => {
    try {
      const tensors = batch === undefined ? madeUp(model) : standardized(model, batch);
      const repeatsPass = isRepeatedIn(step, model, tensors);
      if (repeatsLoss || repeatsPass) {
        checkRepeats(model, tensors, !repeatsLoss);
      }
    } catch (error) {
      throw explained(error, batch);
    }
  };
  withOwnDraws(() => tf.tidy(() => holding(model, 'always', run)));
}

/** Tries a step. Returns whether a term has asked for another pass. */
function isRepeatedIn(step: TakeStep, model: TrainedModel, tensors: tf.Tensor[]): boolean {
  let isRepeated = false;
  const onRepeat = () => {
    isRepeated = true;
  };
  const declined = new Error();
  const applyGradients = () => {
    throw declined;
  };
  try {
    step({
      tensors,
      loss: (hear) =>
        forward(model, tensors, (end, output) => {
          if (!(end.loss instanceof tf.Tensor)) {
            reject(where, 'model', 'to be compiled with losses that return a tensor', end.loss);
          }
          hear(end, output);
        }),
      trial: { minimizer: { computeGradients, applyGradients }, onRepeat },
    });
  } catch (error) {
    if (error !== declined) {
      throw error;
    }
  }
  return isRepeated;
}

/** As an optimizer does, but 0 for weights that the loss of this batch does not reach: that of another may. */
const computeGradients: Minimizer['computeGradients'] = (f, variables = []) => {
  const trained = variables.filter(({ trainable }) => trainable);
  const { value, grads } = tf.engine().gradients(f, trained, undefined, true);
  const named = trained.map((variable, k) => [variable.name, grads[k] ?? tf.zerosLike(variable)]);
  return { value, grads: Object.fromEntries(named) };
};

function standardized(model: TrainedModel, [x, y]: TrialBatch): tf.Tensor[] {
  try {
    return model.standardizeUserDataXY(x, y).flat();
  } catch (error) {
    const expected = 'to be x and y as `fit` of this model takes them';
    return reject(where, 'batch', expected, (error as Error).message);
  }
}

/** As many examples as the model asks for, or four; and some length where a dimension is free. */
function madeUp(model: TrainedModel): tf.Tensor[] {
  const inputs = model.inputs.map(({ shape, dtype }) => {
    const sizes = shape.map((size, axis) => size ?? (axis === 0 ? 4 : 8));
    // Below 1, which as an index is 0.
    return tf.cast(tf.randomUniform(sizes), dtype);
  });
  const { pass } = again({ model, batch: inputs, draws: new Draws() }, { isSilent: true });
  const targets = pass.ends.map(({ yPred }, k) => targetsLike(yPred, lossOf(model, k)));
  return [...inputs, ...targets];
}

/** Of class 0, 1, … in turn: indices where the loss asks for them, or one-hot; 1 and 0 where there is one output. */
function targetsLike({ shape }: tf.Tensor, loss: unknown): tf.Tensor {
  const classes = shape.at(-1) as number;
  const isSparse = loss === 'sparseCategoricalCrossentropy';
  const oneHot = (k: number) =>
    classes === 1 ? (k + 1) % 2 : Number(Math.floor(k / classes) % classes === k % classes);
  const own = isSparse ? [...shape.slice(0, -1), 1] : shape;
  const length = tf.util.sizeFromShape(own);
  return tf.tensor(
    Float32Array.from({ length }, (_, k) => (isSparse ? k % classes : oneHot(k))),
    own,
  );
}

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
