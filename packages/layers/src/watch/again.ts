import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.js';
import type { Layer, LossFunction, Trained } from './model.js';
import { Pass, watch } from './pass.js';
import { forward, type Hear } from './train-function.js';

/** What went through the loss of an output. */
export interface End {
  readonly yTrue: tf.Tensor;
  readonly yPred: tf.Tensor;
  /** For each example. */
  readonly loss: tf.Tensor;
}

export const into =
  (ends: End[]): Hear =>
  (output, yTrue, yPred, loss) => {
    ends[output] = { yTrue, yPred, loss };
  };

/** In the place of the losses, where a pass is for the outputs alone. */
export const silent = ({ outputs }: Trained): LossFunction[] =>
  outputs.map(() => () => tf.scalar(0));

export interface Again {
  readonly batch: tf.Tensor[];
  readonly draws: Draws;
  readonly replaced?: ReadonlyMap<Layer, tf.Tensor>;
  readonly lossFunctions?: LossFunction[];
}

/**
 * Another pass in the same step, in training too: it draws the same random numbers, and what is not trained, such as
 * the averages of batch normalization, is left as it was.
 */
export function again(
  model: Trained,
  { batch, draws, replaced, lossFunctions }: Again,
): { pass: Pass; ends: End[]; loss: tf.Scalar } {
  const pass = new Pass(draws, replaced);
  const ends: End[] = [];
  const loss = holding(model, () =>
    watch(model.layers, pass, () => forward(model, batch, into(ends), lossFunctions)),
  );
  return { pass, ends, loss };
}

/** Runs f and puts back what is not trained. */
export function holding<T>(model: Trained, f: () => T): T {
  const untrained = remembered(model);
  try {
    return f();
  } finally {
    untrained.putBack();
    untrained.dispose();
  }
}

/** Runs f, and puts back what is not trained where f throws. */
export function orAsBefore<T>(model: Trained, f: () => T): T {
  const untrained = remembered(model);
  try {
    return f();
  } catch (error) {
    untrained.putBack();
    throw error;
  } finally {
    untrained.dispose();
  }
}

/** What is not trained, in clones, which share its memory. */
function remembered({ nonTrainableWeights }: Trained) {
  const variables = nonTrainableWeights.map((weight) => weight.read() as tf.Variable);
  const before = variables.map((variable) => tf.keep(tf.clone(variable)));
  return {
    putBack(): void {
      for (const [k, variable] of variables.entries()) {
        // A term may have disposed of the model.
        if (!variable.isDisposed) {
          variable.assign(before[k] as tf.Tensor);
        }
      }
    },
    dispose: () => tf.dispose(before),
  };
}
