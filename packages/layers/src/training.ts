import type { Term } from '@toploss/core/kit';
import { type AttachSetup, ModelStep } from './step.js';
import { tryOut } from './trial.js';
import { check, optimizerOf, type TrainedModel } from './watch/model.js';

/**
 * The step of a model as it is compiled now. Each `compile` makes a new one, which counts from the first step again.
 *
 * @returns A function that throws when the terms cannot work with the model as it is compiled now.
 */
export function stepsOf(model: TrainedModel, setup: AttachSetup): () => ModelStep {
  let step: ModelStep;
  let compiled: unknown;
  return () => {
    // Each `compile` makes a new array, also where nothing called our `compile`.
    const weights = model.collectedTrainableWeights;
    if (compiled !== weights) {
      step = triedStep(model, setup);
      compiled = weights;
    }
    return step;
  };
}

function triedStep(model: TrainedModel, setup: AttachSetup): ModelStep {
  optimizerOf(model);
  checkLosses(model);
  const step = new ModelStep(model, setup, outputOf(model, setup.output));
  tryOut(step, model, setup);
  checkNames(setup.terms, model);
  return step;
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
