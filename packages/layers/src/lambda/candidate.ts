import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, ModelFitArgs } from '@tensorflow/tfjs-layers';
import { flatTerms, isNotFinite, reject, type Term } from '@toploss/core/kit';
import { Installation } from '../install.js';

export const where = 'layers.chooseLambda';

/** One λ, as far as it was trained. */
export interface LambdaTrial {
  readonly lambda: number;
  /** The monitored value after the last epoch; NaN where training diverged, as it does when λ is far too large. */
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
   * What decides, by its name in the history; default `'val_loss'`. The smallest value is best, or the largest where
   * the name contains `acc`.
   */
  monitor?: string;
}

export const monitored = 'val_loss';

/** A model that is trained with one λ. */
export class Candidate {
  trial: LambdaTrial;
  readonly lambda: number;
  readonly #model: LayersModel;
  readonly #options: CandidateOptions;
  #terms: readonly Term[] = [];

  constructor(lambda: number, options: CandidateOptions, others: readonly Candidate[]) {
    this.lambda = lambda;
    this.trial = { lambda, value: Number.NaN, epochs: 0 };
    this.#options = options;
    this.#model = checkModel(
      options.model(),
      others.map((other) => other.#model),
    );
  }

  attach(first: Candidate): void {
    if (first !== this) {
      this.#model.setWeights(first.#model.getWeights());
    }
    const terms: unknown = this.#options.terms(this.lambda);
    if (!Array.isArray(terms)) {
      reject(where, 'terms()', 'to be an array of terms, such as `[sasp({ lambda })]`', terms);
    }
    this.#terms = flatTerms(where, terms);
    new Installation({
      ...{ model: this.#model, terms: [...terms], firstStep: 0, isQuiet: true },
      ...{ output: undefined, batch: undefined },
    });
  }

  async trainUntil(epochs: number): Promise<void> {
    const { x, y, batchSize, validationSplit, validationData, monitor = monitored } = this.#options;
    const args = { batchSize, validationSplit, validationData, initialEpoch: this.trial.epochs };
    let value = Number.NaN;
    try {
      const { history } = await this.#model.fit(x as tf.Tensor, y as tf.Tensor, {
        ...(args as ModelFitArgs),
        epochs,
        verbose: 0,
      });
      const values = history[monitor] as number[] | undefined;
      value =
        values?.at(-1) ??
        reject(where, 'monitor', `to be one of ${Object.keys(history).join(', ')}`, monitor);
    } catch (error) {
      if (this.lambda === 0 || !isNotFinite(error)) {
        throw error;
      }
    }
    this.trial = { lambda: this.lambda, value, epochs };
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

/** Of any copy of tfjs. */
const isModel = (model: unknown): model is LayersModel =>
  typeof (model as { makeTrainFunction?: unknown } | null | undefined)?.makeTrainFunction ===
  'function';

/** A compiled model that shares nothing with the others, all of which are disposed of in the end. */
function checkModel(model: unknown, others: readonly LayersModel[]): LayersModel {
  if (!isModel(model)) {
    reject(where, 'model()', 'to be a tf.LayersModel or a tf.Sequential', model);
  }
  if (others.includes(model)) {
    reject(where, 'model()', 'to be a new model at each call', 'the same model again');
  }
  const { optimizer } = model as Partial<LayersModel>;
  if (optimizer === undefined || others.some((other) => other.optimizer === optimizer)) {
    model.dispose();
    const [expected, received] =
      optimizer === undefined
        ? ['to be compiled: call `model.compile` in it', 'a model without an optimizer']
        : ['to have an optimizer of its own: make a new one at each call', 'that of another model'];
    reject(where, 'model()', expected, received);
  }
  return model;
}
