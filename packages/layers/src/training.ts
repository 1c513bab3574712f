import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { reject, type Term } from '@toploss/core/kit';
import { isRepeated } from './batch-loss.js';
import { optimizerOf } from './optimizer.js';
import { type Weighting, weightingAmong } from './read/weighting.js';
import { type Batch, type Losses, stepOf } from './step.js';
import { checkNames } from './terms.js';
import { isDisposed, type TrialBatch, tryOut } from './trial.js';
import { type Trained, where } from './watch/model.js';

/** What `attach` was given. */
export interface Setup {
  readonly model: LayersModel;
  readonly terms: readonly Term[];
  /** The name of the output that the terms read, or its number. */
  readonly output: string | number | undefined;
  readonly batch: TrialBatch | undefined;
  readonly firstStep: number;
  /** Whether a collapse is left unsaid, as in trials. */
  readonly isQuiet?: boolean;
}

/** Trains an inner model with the terms. After each `compile` they are tried and their steps count anew. */
export class Training {
  readonly trained: Trained;
  readonly #setup: Setup;
  #step: ((batch: Batch) => Losses) | undefined;
  /** The array that `compile` made when the step was prepared; each `compile` makes a new one. */
  #compiled: unknown;
  #weighting: Weighting | undefined;
  #taken = 0;

  constructor(trained: Trained, setup: Setup) {
    this.trained = trained;
    this.#setup = setup;
  }

  /** The number of the last step that was taken. */
  get step(): number {
    return this.#setup.firstStep + Math.max(0, this.#taken - 1);
  }

  /** @throws When the terms cannot work with the model as it is compiled now. */
  prepare(): void {
    const { trained } = this;
    const { model, terms, batch, firstStep } = this.#setup;
    optimizerOf(trained);
    checkLosses(trained);
    const output = outputOf(trained, this.#setup.output);
    const setup = { model, trained, terms, output, decided: {}, firstStep };
    // At a later `compile` the caller may have disposed of the batch: then the first step shows what fails.
    if (batch === undefined || !isDisposed(batch)) {
      tryOut(setup, batch, isRepeated(model));
    }
    checkNames(terms, trained);
    this.#weighting = weightingAmong(terms);
    this.#step = stepOf(setup);
    this.#taken = 0;
    this.#compiled = trained.collectedTrainableWeights;
  }

  take(batch: Batch): Losses {
    // The model may have been compiled without calling our `compile`.
    if (this.#compiled !== this.trained.collectedTrainableWeights) {
      this.prepare();
    }
    const losses = (this.#step as (batch: Batch) => Losses)(batch);
    this.#taken += 1;
    return losses;
  }

  /** The weights of the outputs, as the history has them; the caller owns them. */
  weights(): Losses {
    const weighting = this.#weighting;
    if (weighting === undefined) {
      return {};
    }
    const { outputNames } = this.trained;
    return tf.tidy(() =>
      Object.fromEntries(
        tf
          .unstack(weighting.weights())
          .map((weight, k) => [`${weighting.name}_${outputNames[k]}`, weight as tf.Scalar]),
      ),
    );
  }
}

/** The number of an output. */
export function outputOf(
  { outputNames }: Trained,
  chosen: string | number | undefined,
): number | undefined {
  if (chosen === undefined) {
    return outputNames.length === 1 ? 0 : undefined;
  }
  const named = outputNames.flatMap((name, k) => (name === chosen || k === chosen ? [k] : []));
  if (named.length === 0) {
    const numbers = `a number below ${outputNames.length}`;
    reject(where, 'output', `to be one of ${outputNames.join(', ')}, or ${numbers}`, chosen);
  }
  // Those of a model inside the model have its name.
  if (named.length > 1) {
    reject(where, 'output', `to be a number, since several have this name`, chosen);
  }
  return named[0];
}

/** tfjs compiles what has losses for some outputs, and cannot train it. */
function checkLosses({ outputNames, lossFunctions }: Trained): void {
  const without = outputNames.filter((_, output) => typeof lossFunctions[output] !== 'function');
  if (without.length > 0) {
    const expected = 'to be compiled with a loss for each output';
    reject(where, 'model', expected, `none for ${without.join(', ')}`);
  }
}
