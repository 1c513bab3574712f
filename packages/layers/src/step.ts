import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { trainStep } from '@toploss/core';
import { flatTerms, type Term, tryStep } from '@toploss/core/kit';
import { inStep } from './batch-loss.js';
import { FirstPass, type ReadSettings } from './read/first-pass.js';
import { type Inputs, StepInputs } from './read/inputs.js';
import { namedWeights, reweightedLoss, weightingAmong } from './read/weighting.js';
import { holding } from './watch/hold.js';
import {
  check,
  described,
  isTrainable,
  optimizerOf,
  type TrainedModel,
  variablesOf,
} from './watch/model.js';
import { Pass } from './watch/pass.js';
import { forward } from './watch/train-function.js';

export type Losses = Record<string, tf.Scalar>;
type TakeStep = (make: () => Inputs) => Losses;
type Minimizer = Pick<tf.Optimizer, 'computeGradients' | 'applyGradients'>;

export interface StepSetup {
  /** What `attach` was given. */
  readonly model: LayersModel;
  readonly terms: readonly Term[];
  readonly firstStep: number;
}

/** What a step starts from. */
export interface StepBatch {
  readonly tensors: tf.Tensor[];
  /** The loss of the batch. */
  loss(): tf.Scalar;
  /** Is told of each pass that computes the loss, before the penalties. */
  onPass?(pass: Pass): void;
}

/** The losses of a step, and the weights of the outputs if there is a weighting. The caller owns them. */
export interface StepResult {
  readonly losses: Losses;
  readonly weights: Losses;
}

/** The training step of a compiled model: its own loss, and what the terms read of the pass that made it. */
export class ModelStep {
  readonly #model: TrainedModel;
  readonly #setup: StepSetup;
  readonly #settings: ReadSettings;
  readonly #take: TakeStep;
  readonly #observes: boolean;

  /** @param output The number of the output that the terms read, if there is one. */
  constructor(model: TrainedModel, setup: StepSetup, output: number | undefined) {
    const { terms } = setup;
    this.#model = model;
    this.#setup = setup;
    this.#take = trainStep(this.#options(optimizerAtStep(model))) as TakeStep;
    this.#settings = { output, weighting: weightingAmong(terms, model), decided: {} };
    this.#observes = flatTerms(check.where, terms).some(isObserver);
  }

  take(batch: StepBatch): StepResult {
    const { weighting } = this.#settings;
    const { result: losses } = this.#run(batch, false, this.#take);
    return { losses, weights: weighting ? namedWeights(weighting, this.#model) : {} };
  }

  /**
   * Runs the next step in which all terms are on, without taking it.
   *
   * @returns Whether a term may ask for another pass.
   */
  try(tensors: tf.Tensor[]): boolean {
    const optimizer = { ...optimizerAtStep(this.#model), computeGradients: allGradients };
    const { terms, firstStep } = this.#setup;
    const options = { ...this.#options(optimizer), firstStep: nextOn(terms, firstStep) };
    const batch = { tensors, loss: () => forward(this.#model, tensors) };
    return this.#run(batch, true, (make) => tryStep(options, make)).first.mayRepeat;
  }

  #options(optimizer: Minimizer) {
    const { terms, firstStep } = this.#setup;
    return { optimizer, params: variablesOf(this.#model), terms, firstStep };
  }

  #run<T>(
    { tensors, loss, onPass }: StepBatch,
    isTrial: boolean,
    step: (make: () => Inputs) => T,
  ): { result: T; first: FirstPass } {
    const model = this.#model;
    checkTrainable(model);
    let first!: FirstPass;
    let made: StepInputs | undefined;
    // An optimizer may compute the loss more than once; as in tfjs, each time draws anew.
    const make = () => {
      made?.dispose();
      const pass = new Pass(model, tensors).watch(loss);
      onPass?.(pass);
      first = new FirstPass(pass, this.#settings, isTrial);
      made = new StepInputs(first);
      if (this.#observes) {
        made.settle();
      }
      return made.inputs;
    };
    const repeat = () => {
      const other = first.pass.again();
      const { weighting } = this.#settings;
      return weighting ? reweightedLoss(weighting, made!.inputs, other) : other.loss;
    };
    const run = () => holding(model, 'on error', () => step(make));
    try {
      return { result: inStep(this.#setup.model, repeat, run), first };
    } finally {
      made?.dispose();
    }
  }
}

/** Whichever optimizer the model has by then, with its learning rate. */
const optimizerAtStep = (model: TrainedModel): Minimizer & { readonly learningRate: unknown } => ({
  computeGradients: (...args) => optimizerOf(model).computeGradients(...args),
  applyGradients: (...args) => optimizerOf(model).applyGradients(...args),
  get learningRate() {
    return (model.optimizer_ as { learningRate?: unknown }).learningRate;
  },
});

/** As an optimizer does, but 0 for weights that the loss of this batch does not reach: that of another may. */
const allGradients: Minimizer['computeGradients'] = (f, variables = []) => {
  const trained = variables.filter(({ trainable }) => trainable);
  const { value, grads } = tf.engine().gradients(f, trained, undefined, true);
  const named = trained.map((variable, k) => [variable.name, grads[k] ?? tf.zerosLike(variable)]);
  return { value, grads: Object.fromEntries(named) };
};

/** The first step from this one on which is a multiple of the `every` of each term. */
function nextOn(terms: readonly Term[], step: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const period = flatTerms(check.where, terms).reduce(
    (all, { every = 1 }) => (all / divisor(all, every)) * every,
    1,
  );
  return Math.ceil(step / period) * period;
}

/** What is given what the model made, when the step has been taken: not a correction, which observes gradients. */
const isObserver = (term: Term): boolean => 'observe' in term && !('correct' in term);

/** Names the frozen layers, which the error of tfjs doesn't. */
function checkTrainable(model: TrainedModel): void {
  if (!isTrainable(model)) {
    const expected =
      'to have weights to train: set `trainable` of a layer to true and compile again';
    const layers = model.layers.filter(({ weights }) => weights.length > 0).map(described);
    check.reject('model', expected, layers.length === 0 ? 'none' : `frozen: ${layers.join(', ')}`);
  }
}
