import { flatTerms, type Term } from '@toploss/core/kit';
import type { TrialBatch } from './batch.js';
import { isRepeated } from './batch-loss.js';
import { ModelStep, type StepBatch, type StepResult, type StepSetup } from './step.js';
import { tryOut } from './trial.js';
import { check, optimizerOf, type TrainedModel } from './watch/model.js';

/** What `attach` was given. */
export interface AttachSetup extends StepSetup {
  /** The name of the output that the terms read, or its number. */
  readonly output?: string | number | undefined;
  readonly batch?: TrialBatch | undefined;
  /** Whether a collapse is left unsaid, as in trials. */
  readonly isQuiet?: boolean;
}

/** Trains an inner model with the terms. After each `compile` they are tried and their steps count anew. */
export class Training {
  readonly trained: TrainedModel;
  readonly #setup: AttachSetup;
  #step: ModelStep | undefined;
  /** The array that `compile` made when the step was prepared; each `compile` makes a new one. */
  #compiled: unknown;
  #taken = 0;

  constructor(trained: TrainedModel, setup: AttachSetup) {
    this.trained = trained;
    this.#setup = setup;
  }

  /** The number of the last step that was taken. */
  get step(): number {
    return this.#setup.firstStep + Math.max(0, this.#taken - 1);
  }

  /** @throws When the terms cannot work with the model as it is compiled now. */
  prepare(): ModelStep {
    const { trained } = this;
    const { model, terms, batch, output } = this.#setup;
    optimizerOf(trained);
    checkLosses(trained);
    const step = new ModelStep(trained, this.#setup, outputOf(trained, output));
    tryOut(step, trained, batch, isRepeated(model));
    checkNames(terms, trained);
    this.#step = step;
    this.#taken = 0;
    this.#compiled = trained.collectedTrainableWeights;
    return step;
  }

  take(batch: StepBatch): StepResult {
    // The model may have been compiled without calling our `compile`.
    const isCurrent = this.#compiled === this.trained.collectedTrainableWeights;
    const step = (isCurrent ? this.#step : undefined) ?? this.prepare();
    const result = step.take(batch);
    this.#taken += 1;
    return result;
  }
}

/** The number of an output. */
export function outputOf(
  { outputNames }: TrainedModel,
  chosen: string | number | undefined,
): number | undefined {
  if (chosen === undefined) {
    return outputNames.length === 1 ? 0 : undefined;
  }
  const named = outputNames.flatMap((name, k) => (name === chosen || k === chosen ? [k] : []));
  if (named.length === 0) {
    const numbers = `a number below ${outputNames.length}`;
    check.reject('output', `to be one of ${outputNames.join(', ')}, or ${numbers}`, chosen);
  }
  // Those of a model inside the model have its name.
  if (named.length > 1) {
    check.reject('output', 'to be a number, since several have this name', chosen);
  }
  return named[0];
}

/** tfjs compiles what has losses for some outputs, and cannot train it. */
function checkLosses({ outputNames, lossFunctions }: TrainedModel): void {
  const without = outputNames.filter((_, output) => typeof lossFunctions[output] !== 'function');
  if (without.length > 0) {
    const expected = 'to be compiled with a loss for each output';
    check.reject('model', expected, `none for ${without.join(', ')}`);
  }
}

/** The history of `fit` has room for the names of the terms. */
function checkNames(terms: readonly Term[], { metricsNames }: TrainedModel): void {
  const taken = ['batch', 'size', ...metricsNames];
  const isTaken = ({ name }: Term) => taken.includes(name) || name.startsWith('val_');
  const term = flatTerms(check.where, terms).find(isTaken);
  if (term !== undefined) {
    const expected = `to have names of their own, none of them ${taken.join(', ')} or val_…`;
    check.reject('terms', expected, term.name);
  }
}
