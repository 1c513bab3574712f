import type * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { flatTerms, reject, type Term } from '@toploss/core/kit';
import { inStep } from './batch-loss.js';
import { type Inputs, StepInputs } from './read/inputs.js';
import type { FirstPass } from './read/readers.js';
import { namedWeights, reweightedLoss, weightingAmong } from './read/weighting.js';
import type { AttachSetup } from './setup.js';
import { again, holding } from './watch/again.js';
import { Draws } from './watch/draws.js';
import {
  described,
  isTrainable,
  optimizerOf,
  type TrainedModel,
  variablesOf,
  where,
} from './watch/model.js';
import { Pass } from './watch/pass.js';
import type { Hear } from './watch/train-function.js';

export type Losses = Record<string, tf.Scalar>;

/** What a step takes of an optimizer. */
export type Minimizer = Pick<tf.Optimizer, 'computeGradients' | 'applyGradients'>;

/** What a step starts from. */
export interface StepBatch {
  readonly tensors: tf.Tensor[];
  /** The loss of the batch; `hear` is told what goes through it. */
  loss(hear: Hear): tf.Scalar;
  /** Of a step that is tried and not taken. */
  readonly trial?: {
    readonly minimizer: Minimizer;
    /** Is told when a term asks for another pass. */
    onRepeat(): void;
  };
}

/** The losses of a step, and the weights of the outputs if there is a weighting. The caller owns them. */
export interface StepResult {
  readonly losses: Losses;
  readonly weights: Losses;
}

export type TakeStep = (batch: StepBatch) => StepResult;

/**
 * The training step of a model: its own loss, and what the terms read of the pass that made it.
 *
 * @param output The number of the output that the terms read, if there is one.
 */
export function stepOf(
  { model: outer, terms, firstStep }: AttachSetup,
  model: TrainedModel,
  output: number | undefined,
): TakeStep {
  const { optimizer, use } = exchangeable(model);
  const params = variablesOf(model);
  const step = trainStep({ optimizer, params, terms, firstStep }) as (make: () => Inputs) => Losses;
  const weighting = weightingAmong(terms, model);
  const observes = flatTerms(where, terms).some(isObserver);
  const decided: FirstPass['decided'] = {};

  return ({ tensors, loss, trial }) => {
    checkTrainable(model);
    use(trial?.minimizer ?? optimizerOf(model));
    let pass = new Pass(model, tensors, new Draws());
    let made: StepInputs | undefined;
    // An optimizer may compute the loss more than once; as in tfjs, each time draws anew.
    const forward = () => {
      made?.dispose();
      pass = new Pass(model, tensors, new Draws());
      const value = pass.watch(() => loss(pass.hear));
      const onTrialRepeat = trial?.onRepeat;
      made = new StepInputs({ pass, loss: value, weighting, output, decided, onTrialRepeat });
      if (observes) {
        made.settle();
      }
      return made.inputs;
    };
    const repeat = () => {
      const other = again(pass);
      return weighting === undefined
        ? other.loss
        : reweightedLoss(weighting, (made as StepInputs).inputs, other.pass);
    };
    try {
      const losses = inStep(outer, repeat, () => holding(model, 'on error', () => step(forward)));
      return { losses, weights: weighting === undefined ? {} : namedWeights(weighting, model) };
    } finally {
      made?.dispose();
    }
  };
}

/** Stands for the minimizer that is used by then, with the learning rate of the model's optimizer. */
function exchangeable(model: TrainedModel) {
  let current: Minimizer;
  const optimizer: Minimizer & { readonly learningRate: unknown } = {
    computeGradients: (f, variables) => current.computeGradients(f, variables),
    applyGradients: (grads) => current.applyGradients(grads),
    get learningRate() {
      return (model.optimizer_ as { learningRate?: unknown }).learningRate;
    },
  };
  const use = (minimizer: Minimizer) => {
    current = minimizer;
  };
  return { optimizer, use };
}

/** What is given what the model made, when the step has been taken: not a correction, which observes gradients. */
const isObserver = (term: Term): boolean => 'observe' in term && !('correct' in term);

/** Names the frozen layers, which the error of tfjs doesn't. */
function checkTrainable(model: TrainedModel): void {
  if (!isTrainable(model)) {
    const expected =
      'to have weights to train: set `trainable` of a layer to true and compile again';
    const layers = model.layers.filter(({ weights }) => weights.length > 0).map(described);
    reject(where, 'model', expected, layers.length === 0 ? 'none' : `frozen: ${layers.join(', ')}`);
  }
}
