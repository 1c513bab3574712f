import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, ModelFitArgs } from '@tensorflow/tfjs-layers';
import { flatTerms, reject, type Term } from '@toploss/core';
import { attach } from './attach.js';

export const where = 'layers.chooseLambda';

/** One λ, as far as it was trained. */
export interface LambdaTrial {
  readonly lambda: number;
  /** The monitored value after the last epoch; NaN where training failed, as it does when λ is far too large. */
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

  constructor(lambda: number, options: CandidateOptions) {
    this.lambda = lambda;
    this.trial = { lambda, value: Number.NaN, epochs: 0 };
    this.#options = options;
    this.#model = options.model();
  }

  attach(first: Candidate): void {
    if (first !== this) {
      this.#model.setWeights(first.#model.getWeights());
    }
    this.#terms = this.#options.terms(this.lambda);
    attach(this.#model, this.#terms);
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
      if (this.lambda === 0) {
        throw error;
      }
    }
    this.trial = { lambda: this.lambda, value, epochs };
  }

  dispose(): void {
    const { optimizer } = this.#model;
    this.#model.dispose();
    optimizer.dispose();
    for (const term of flatTerms(where, this.#terms)) {
      if ('dispose' in term) {
        term.dispose();
      }
    }
  }
}
