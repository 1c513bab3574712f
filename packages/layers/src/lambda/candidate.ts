import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, ModelFitArgs } from '@tensorflow/tfjs-layers';
import { Checks, flatTerms, isNotFinite, type Term } from '@toploss/core/kit';
import { Installation } from '../install.js';

export const check: Checks = new Checks('layers.chooseLambda');

/** One λ, as far as it was trained. */
export interface LambdaTrial {
  readonly lambda: number;
  /** The monitored value after the last epoch; NaN where training diverged, as it does if λ is far too large. */
  readonly value: number;
  readonly epochs: number;
}

/** How the candidates are trained. */
export interface CandidateOptions {
  /** Makes a compiled model, with an optimizer of its own; called once for each λ. */
  model: () => LayersModel;
  /** The terms with that λ; called once for each λ. */
  terms: (lambda: number) => readonly Term[];
  /** Inputs and targets, as `fit` takes them. */
  x: unknown;
  y: unknown;
  batchSize?: number;
  /** Give one of the two, as to `fit`. */
  validationSplit?: number;
  validationData?: unknown;
  /**
   * The name of the deciding value in the history; default `'val_loss'`. The smallest value is best, or the largest if
   * the name contains `acc`.
   */
  monitor?: string;
}

/** A model that is trained with one λ. */
export class Candidate {
  trial: LambdaTrial;
  readonly #model: LayersModel;
  readonly #options: CandidateOptions;
  #terms: readonly Term[] = [];

  /** Makes the model. All candidates are disposed of in the end, so their models must share nothing. */
  constructor(lambda: number, options: CandidateOptions, others: readonly Candidate[]) {
    this.trial = { lambda, value: Number.NaN, epochs: 0 };
    this.#options = options;
    const model: unknown = options.model();
    checkModel(model, new Set(others.flatMap((other) => [other.#model, other.#model.optimizer])));
    this.#model = model;
  }

  attach(first: Candidate): void {
    if (first !== this) {
      this.#model.setWeights(first.#model.getWeights());
    }
    const terms: unknown = this.#options.terms(this.trial.lambda);
    if (!Array.isArray(terms)) {
      check.reject('terms()', 'to be an array of terms, such as `[sasp({ lambda })]`', terms);
    }
    this.#terms = flatTerms(check.where, terms);
    new Installation({ model: this.#model, terms: this.#terms, firstStep: 0, isQuiet: true });
  }

  async trainUntil(epochs: number): Promise<void> {
    const { x, y, batchSize, validationSplit, validationData } = this.#options;
    const { monitor = 'val_loss' } = this.#options;
    const { lambda, epochs: initialEpoch } = this.trial;
    const data = { batchSize, validationSplit, validationData } as ModelFitArgs;
    const args = { ...data, initialEpoch, epochs, verbose: 0 as const };
    let value = Number.NaN;
    try {
      const { history } = await this.#model.fit(x as tf.Tensor, y as tf.Tensor, args);
      const expected = `to be one of ${Object.keys(history).join(', ')}`;
      const values = history[monitor] ?? check.reject('monitor', expected, monitor);
      value = values.at(-1) as number;
    } catch (error) {
      if (lambda === 0 || !isNotFinite(error)) {
        throw error;
      }
    }
    this.trial = { lambda, value, epochs };
  }

  dispose(): void {
    const { optimizer } = this.#model;
    this.#model.dispose();
    optimizer.dispose();
    for (const term of this.#terms) {
      if ('dispose' in term) {
        term.dispose();
      }
    }
  }
}

/** @param taken The models of the others, and their optimizers. */
function checkModel(model: unknown, taken: ReadonlySet<unknown>): asserts model is LayersModel {
  const refuse = (expected: string, received: unknown) =>
    check.reject('model()', expected, received);
  // Of any copy of tfjs.
  const made = (model ?? {}) as LayersModel & { makeTrainFunction?: unknown };
  if (typeof made.makeTrainFunction !== 'function') {
    refuse('to be a tf.LayersModel or a tf.Sequential', model);
  }
  if (taken.has(model)) {
    refuse('to be a new model at each call', 'the same model again');
  }
  const optimizer: tf.Optimizer | undefined = made.optimizer;
  if (optimizer === undefined) {
    made.dispose();
    refuse('to be compiled: call `model.compile` in it', 'a model without an optimizer');
  }
  if (taken.has(optimizer)) {
    made.dispose();
    refuse('to have an optimizer of its own: make a new one at each call', 'that of another');
  }
}
