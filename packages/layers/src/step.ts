import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { trainStep } from '@toploss/core';
import { type Term, tryStep } from '@toploss/core/kit';
import type { TrialBatch } from './batch.js';
import { inStep } from './batch-loss.js';
import { type ReadSettings, StepInputs } from './read/inputs.js';
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
type TakeStep = (make: () => StepInputs['inputs']) => Losses;
type Minimizer = Pick<tf.Optimizer, 'computeGradients' | 'applyGradients'>;

/** What `attach` was given. */
export interface AttachSetup {
  readonly model: LayersModel;
  /** None of them a composition. */
  readonly terms: readonly Term[];
  readonly firstStep: number;
  /** The name of the output that the terms read, or its number. */
  readonly output?: string | number | undefined;
  readonly batch?: TrialBatch | undefined;
  /** Whether a collapse gives no warning, as in the trials of `chooseLambda`. */
  readonly isQuiet?: boolean;
}

/** The training step of a compiled model: its own loss, and what the terms read of the pass that made it. */
export class ModelStep {
  /** The number of the output that the terms read, if there is one. */
  readonly output: number | undefined;
  /** The number of the step that is taken next. */
  next: number;
  readonly #model: TrainedModel;
  readonly #setup: AttachSetup;
  readonly #settings: ReadSettings;
  readonly #take: TakeStep;

  constructor(model: TrainedModel, setup: AttachSetup, output: number | undefined) {
    const { terms } = setup;
    this.output = output;
    this.next = setup.firstStep;
    this.#model = model;
    this.#setup = setup;
    this.#take = trainStep(this.#options(optimizerAtStep(model))) as TakeStep;
    this.#settings = { output, weighting: weightingAmong(terms, model), decided: {} };
  }

  /** @param onPass Hears of each pass that computes the loss of the batch, before the penalties. */
  take(batch: tf.Tensor[], loss: () => tf.Scalar, onPass: (pass: Pass) => void): Losses {
    const watch = () => {
      const pass = new Pass(this.#model, batch).watch(loss);
      onPass(pass);
      return pass;
    };
    const { result } = this.#run(watch, false, this.#take);
    this.next += 1;
    return result;
  }

  /** The weights of the outputs if there is a weighting, by their names in the history. */
  weights(): Losses {
    const { weighting } = this.#settings;
    return weighting ? namedWeights(weighting, this.#model) : {};
  }

  /**
   * Runs the next step in which all terms are on, without taking it.
   *
   * @returns Whether a term may ask for another pass.
   */
  try(batch: tf.Tensor[]): boolean {
    const optimizer = { ...optimizerAtStep(this.#model), computeGradients: allGradients };
    const { terms, firstStep } = this.#setup;
    const options = { ...this.#options(optimizer), firstStep: nextOn(terms, firstStep) };
    const watch = () => new Pass(this.#model, batch).watch(() => forward(this.#model, batch));
    return this.#run(watch, true, (make) => tryStep(options, make)).mayRepeat;
  }

  #options(optimizer: Minimizer) {
    const { terms, firstStep } = this.#setup;
    return { optimizer, params: variablesOf(this.#model), terms, firstStep };
  }

  #run<T>(
    watch: () => Pass,
    isTrial: boolean,
    step: (make: () => StepInputs['inputs']) => T,
  ): { result: T; mayRepeat: boolean } {
    const model = this.#model;
    const { weighting } = this.#settings;
    checkTrainable(model);
    let read!: StepInputs;
    // An optimizer may compute the loss more than once; as in tfjs, each time draws anew.
    const make = () => {
      read?.dispose();
      read = new StepInputs(watch(), this.#settings, isTrial);
      if (this.#setup.terms.some(isObserver)) {
        read.settle();
      }
      return read.inputs;
    };
    const repeat = () => {
      const other = read.pass.again();
      return weighting ? reweightedLoss(weighting, read.inputs, other) : other.loss;
    };
    const run = () => holding(model, 'on error', () => step(make));
    try {
      return { result: inStep(this.#setup.model, repeat, run), mayRepeat: read.mayRepeat };
    } finally {
      read?.dispose();
    }
  }
}

/** The optimizer that the model has when a step is taken: `model.optimizer` may be assigned. */
const optimizerAtStep = (model: TrainedModel): Minimizer & { readonly learningRate: unknown } => ({
  computeGradients: (...args) => optimizerOf(model).computeGradients(...args),
  applyGradients: (...args) => optimizerOf(model).applyGradients(...args),
  get learningRate() {
    return (model.optimizer_ as { learningRate?: unknown }).learningRate;
  },
});

/** As an optimizer computes them, but 0 for weights that the loss of this batch doesn't reach: another batch may. */
const allGradients: Minimizer['computeGradients'] = (f, variables = []) => {
  const trained = variables.filter(({ trainable }) => trainable);
  const { value, grads } = tf.engine().gradients(f, trained, undefined, true);
  const named = trained.map((variable, k) => [variable.name, grads[k] ?? tf.zerosLike(variable)]);
  return { value, grads: Object.fromEntries(named) };
};

/** The first multiple of the `every` of all terms, from this step on. */
function nextOn(terms: readonly Term[], step: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const period = terms.reduce((all, { every = 1 }) => (all / divisor(all, every)) * every, 1);
  return Math.ceil(step / period) * period;
}

/** Whether a term observes what it reads from the model; a correction observes gradients. */
const isObserver = (term: Term): boolean => 'observe' in term && !('correct' in term);

/** The error names the frozen layers; that of tfjs doesn't. */
function checkTrainable(model: TrainedModel): void {
  if (!isTrainable(model)) {
    const expected =
      'to have weights to train: set `trainable` of a layer to true and compile again';
    const layers = model.layers.filter(({ weights }) => weights.length > 0).map(described);
    check.reject('model', expected, layers.length === 0 ? 'none' : `frozen: ${layers.join(', ')}`);
  }
}
