import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { trainStep } from '@toploss/core';
import { flatTerms, reject, type Term } from '@toploss/core/kit';
import { inStep } from './batch-loss.js';
import { optimizerOf } from './optimizer.js';
import { Inputs } from './read/inputs.js';
import { described } from './read/prediction.js';
import type { Started } from './read/started.js';
import {
  checkTasks,
  reweightedLoss,
  taskLossesOf,
  weightedLoss,
  weightingAmong,
} from './read/weighting.js';
import { isObserver } from './terms.js';
import { again, type End, orAsBefore } from './watch/again.js';
import { Draws } from './watch/draws.js';
import { isTrainable, type Trained, variablesOf, where } from './watch/model.js';
import { Pass, watch } from './watch/pass.js';

export type Losses = Record<string, tf.Scalar>;

/** What a step starts from: its batch, and the loss of it, which leaves in `ends` what goes through it. */
export interface Batch {
  readonly tensors: tf.Tensor[];
  readonly ends: readonly End[];
  loss(): tf.Scalar;
  /** Whether the step is tried, and not taken. */
  readonly isTrial?: boolean;
  /** Is told when a term asks for another pass. */
  onRepeat?(): void;
}

export interface StepSetup {
  /** The model that the terms are attached to. */
  readonly model: LayersModel;
  readonly trained: Trained;
  readonly terms: readonly Term[];
  /** The output that the terms read, if there is one. */
  readonly output: number | undefined;
  readonly decided: Started['decided'];
  /** The number that schedules and seeds start from. */
  readonly firstStep: number;
}

/** What a step takes of an optimizer. */
export type Minimizer = Pick<tf.Optimizer, 'computeGradients' | 'applyGradients'>;

/**
 * The training step of a model: its own loss, and what the terms read of the pass that made it.
 *
 * @param minimizer By default the optimizer that the model has by then, with whatever methods are its own.
 */
export function stepOf(
  { model: outer, trained: model, terms, output, decided, firstStep }: StepSetup,
  minimizer?: Minimizer,
): (batch: Batch) => Losses {
  const params = variablesOf(model);
  let current = minimizer as Minimizer;
  const optimizer: Minimizer & { readonly learningRate: unknown } = {
    computeGradients: (f, variables) => current.computeGradients(f, variables),
    applyGradients: (grads) => current.applyGradients(grads),
    get learningRate() {
      return (model.optimizer_ as { learningRate?: unknown }).learningRate;
    },
  };
  const step = trainStep({ optimizer, params, terms, firstStep }) as (
    forward: () => object,
  ) => Losses;
  const weighting = weightingAmong(terms);
  checkTasks(weighting, model);
  const observes = flatTerms(where, terms).some(isObserver);

  const start = (
    { tensors, ends, loss, isTrial = false, onRepeat }: Batch,
    draws: Draws,
  ): Inputs => {
    const pass = new Pass(draws);
    const value = watch(model.layers, pass, loss);
    const started: Started = {
      ...{ model, pass, ends, output, decided, draws, batch: tensors, isTrial, onRepeat },
      loss: (inputs) => (weighting === undefined ? value : weightedLoss(weighting, model, inputs)),
    };
    return new Inputs(started);
  };
  const repeat = ({ tensors }: Batch, draws: Draws, inputs: Inputs): tf.Scalar => {
    const { loss, ends } = again(model, { batch: tensors, draws });
    return weighting === undefined
      ? loss
      : reweightedLoss(weighting, model, inputs, taskLossesOf(model, ends, tensors));
  };

  return (batch) => {
    checkTrainable(model);
    current = minimizer ?? optimizerOf(model);
    let draws = new Draws();
    let inputs: Inputs | undefined;
    // An optimizer may compute the loss more than once; as in tfjs, each time draws anew.
    const forward = () => {
      inputs?.dispose();
      draws = new Draws();
      inputs = start(batch, draws);
      if (observes) {
        inputs.settle();
      }
      return inputs;
    };
    try {
      return inStep(
        outer,
        () => repeat(batch, draws, inputs as Inputs),
        () => orAsBefore(model, () => step(forward)),
      );
    } finally {
      inputs?.dispose();
    }
  };
}

/** Names the frozen layers, which the error of tfjs doesn't. */
function checkTrainable(model: Trained): void {
  if (!isTrainable(model)) {
    const expected =
      'to have weights to train: set `trainable` of a layer to true and compile again';
    const layers = model.layers.filter(({ weights }) => weights.length > 0).map(described);
    reject(where, 'model', expected, layers.length === 0 ? 'none' : `frozen: ${layers.join(', ')}`);
  }
}
