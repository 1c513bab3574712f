import * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import { type Minimizer, type StepSetup, stepOf } from './step.js';
import { again, type End, holding, into, silent } from './watch/again.js';
import { Draws, withOwnDraws } from './watch/draws.js';
import { isTrainable, lossOf, type Trained, where } from './watch/model.js';
import { checkRepeats } from './watch/repeats.js';
import { forward, type Hear } from './watch/train-function.js';

/** Inputs and targets, as `fit` takes them. */
export type TrialBatch = readonly [x: unknown, y: unknown];

/** The batch, in arrays of our own. */
export const copied = ([x, y]: TrialBatch): TrialBatch => [copyOf(x), copyOf(y)];

const copyOf = (part: unknown): unknown => {
  if (Array.isArray(part)) {
    return [...part];
  }
  return part instanceof tf.Tensor ? part : { ...(part as object) };
};

/** Whether it has the form of what `fit` takes: a tensor, or some in an array or by name. */
export const isData = (part: unknown): boolean =>
  part instanceof tf.Tensor ||
  (typeof part === 'object' &&
    part !== null &&
    Object.values(part).every((x) => x instanceof tf.Tensor));

export const isDisposed = (batch: TrialBatch): boolean =>
  batch
    .flatMap((part) => (part instanceof tf.Tensor ? part : Object.values(part as object)))
    .some((x) => x instanceof tf.Tensor && x.isDisposed);

/**
 * Runs a step without taking it, so that whatever can fail in it fails now. Its optimizer declines: no parameter moves
 * and nothing is observed. Weights that are not trained are put back, and random numbers go on where they were.
 *
 * @param batch By default made up.
 * @param repeats Whether a term asks for the loss of the batch again.
 */
export function tryOut(setup: StepSetup, batch: TrialBatch | undefined, repeats: boolean): void {
  const { trained } = setup;
  if ((trained as { stateful?: boolean }).stateful) {
    reject(
      where,
      'model',
      'to keep no state from batch to batch: set `stateful: false`',
      'a stateful layer',
    );
  }
  if (!isTrainable(trained)) {
    return;
  }
  withOwnDraws((drawn) =>
    tf.tidy(() =>
      holding(trained, () => {
        try {
          const tensors = batch === undefined ? madeUp(trained) : standardized(trained, batch);
          const runsAgain = tryStep(setup, tensors);
          if (repeats || runsAgain) {
            checkRepeats(trained, tensors, repeats ? undefined : silent(trained), drawn);
          }
        } catch (error) {
          throw explained(error, batch);
        }
      }),
    ),
  );
}

/** @returns Whether a term has asked for another pass. */
function tryStep(setup: StepSetup, tensors: tf.Tensor[]): boolean {
  const declined = new Error();
  const minimizer = {
    computeGradients,
    applyGradients: () => {
      throw declined;
    },
  };
  const ends: End[] = [];
  const hear: Hear = (output, yTrue, yPred, loss) => {
    if (typeof (loss as { then?: unknown } | undefined)?.then === 'function') {
      reject(where, 'model', 'to be compiled with losses that return a tensor', loss);
    }
    into(ends)(output, yTrue, yPred, loss);
  };
  let runsAgain = false;
  const onRepeat = () => {
    runsAgain = true;
  };
  try {
    const loss = () => forward(setup.trained, tensors, hear);
    stepOf(setup, minimizer)({ tensors, ends, loss, isTrial: true, onRepeat });
  } catch (error) {
    if (error !== declined) {
      throw error;
    }
  }
  return runsAgain;
}

/** As an optimizer does, but 0 for weights that the loss of this batch does not reach: that of another may. */
const computeGradients: Minimizer['computeGradients'] = (f, variables = []) => {
  const trained = variables.filter(({ trainable }) => trainable);
  const { value, grads } = tf.engine().gradients(f, trained, undefined, true);
  const named = trained.map((variable, k) => [variable.name, grads[k] ?? tf.zerosLike(variable)]);
  return { value, grads: Object.fromEntries(named) };
};

function standardized(model: Trained, [x, y]: TrialBatch): tf.Tensor[] {
  try {
    return model.standardizeUserDataXY(x, y).flat();
  } catch (error) {
    const expected = 'to be x and y as `fit` of this model takes them';
    return reject(where, 'batch', expected, (error as Error).message);
  }
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
    draws: new Draws(),
    lossFunctions: silent(model),
  });
  return [...inputs, ...ends.map(({ yPred }, output) => targetsLike(yPred, lossOf(model, output)))];
}

/** Of class 0, 1, … in turn: indices where the loss asks for them, or one-hot; 1 and 0 where there is one output. */
function targetsLike({ shape }: tf.Tensor, loss: unknown): tf.Tensor {
  const [rows, classes] = [shape.slice(0, -1), shape.at(-1) as number];
  const filled = (shape: number[], entry: (k: number) => number) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, k) => entry(k)),
      shape,
    );
  const isClass = (k: number) =>
    classes === 1 ? k % 2 === 0 : Math.floor(k / classes) % classes === k % classes;
  return loss === 'sparseCategoricalCrossentropy'
    ? filled([...rows, 1], (k) => k % classes)
    : filled(shape, (k) => Number(isClass(k)));
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
