import type { Term } from '@toploss/core/kit';
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
  /** Whether a collapse gives no warning, as in the trials of `chooseLambda`. */
  readonly isQuiet?: boolean;
}

/** Trains an inner model with the terms. Each `compile` tries them, and their steps count from the first one again. */
export class Training {
  readonly trained: TrainedModel;
  readonly #setup: AttachSetup;
  #step: ModelStep | undefined;

  constructor(trained: TrainedModel, setup: AttachSetup) {
    this.trained = trained;
    this.#setup = setup;
  }

  /** The number of the output that the terms read, if there is one. */
  get output(): number | undefined {
    return this.#step?.output;
  }

  /** The number of the last step that was taken. */
  get step(): number {
    return Math.max(0, (this.#step?.next ?? 0) - 1);
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
    return step;
  }

  take(batch: StepBatch): StepResult {
    // The model may have been compiled without calling our `compile`.
    const step = this.#step?.isCurrent ? this.#step : this.prepare();
    return step.take(batch);
  }
}

/** The number of the chosen output, or of the only one. */
function outputOf(
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
  // Outputs of a model inside the model have its name.
  if (named.length > 1) {
    check.reject('output', 'to be a number, since several have this name', chosen);
  }
  return named[0];
}

/** tfjs compiles a model that has losses for some outputs only, and cannot train it. */
function checkLosses({ outputNames, lossFunctions }: TrainedModel): void {
  const without = outputNames.filter((_, output) => typeof lossFunctions[output] !== 'function');
  if (without.length > 0) {
    const expected = 'to be compiled with a loss for each output';
    check.reject('model', expected, `none for ${without.join(', ')}`);
  }
}

/** The history of `fit` has the metrics under these names. */
function checkNames(terms: readonly Term[], { metricsNames }: TrainedModel): void {
  const taken = ['batch', 'size', ...metricsNames];
  const isTaken = ({ name }: Term) => taken.includes(name) || name.startsWith('val_');
  const term = terms.find(isTaken);
  if (term !== undefined) {
    const expected = `to have names of their own, none of them ${taken.join(', ')} or val_…`;
    check.reject('terms', expected, term.name);
  }
}
