import type * as tf from '@tensorflow/tfjs-core';
import { type Head, reject } from '@toploss/core/kit';
import { ntkProxies } from '@toploss/nger';
import type { End } from '../watch/again.js';
import { lossOf, variablesOf, where } from '../watch/model.js';
import { type Embeddings, embeddingsOf, maskOfRows, paddingOf } from './embeddings.js';
import { Kept } from './kept.js';
import { networkOf, type Way, wayOf } from './network.js';
import { forwardOf, modelFnOf } from './other-passes.js';
import { featuresOf, hasBias, type Prediction, predictionOf } from './prediction.js';
import { type ReadByLoss, readByLoss } from './read-by-loss.js';
import { sharedBy } from './shared.js';
import type { Started } from './started.js';
import { targetsOf } from './targets.js';
import { checkTrained } from './trained.js';
import { taskLossesOf } from './weighting.js';

/** What a penalty may read of a model; gradients are for corrections. */
export type Vocabulary = Exclude<keyof Inputs, 'loss' | 'grads' | 'settle' | 'dispose'>;

/**
 * What the terms read, under the names that mean the same in every package, from the model: each when it is asked
 * for, and once in a step. What a model does not have is an error that says so.
 */
export class Inputs {
  readonly #step: Started;
  readonly #kept = new Kept();

  constructor(step: Started) {
    this.#step = step;
  }

  get loss(): tf.Scalar {
    return this.#once('loss', () => this.#step.loss(this));
  }

  get logits(): tf.Tensor {
    return this.#once('logits', () => this.#prediction.logits);
  }

  get features(): tf.Tensor {
    return this.#once('features', () => featuresOf(this.#prediction));
  }

  get head(): Head | null {
    return this.#once('head', () => this.#prediction.head);
  }

  get includeBias(): boolean {
    return this.#once('includeBias', () => hasBias(this.#prediction));
  }

  get targets(): tf.Tensor {
    return this.#once('targets', () => {
      const output = this.#output('targets');
      return targetsOf(this.#step.model, output, (this.#step.ends[output] as End).yTrue);
    });
  }

  get params(): tf.NamedTensorMap {
    const variables = variablesOf(this.#step.model).filter(({ trainable }) => trainable);
    return Object.fromEntries(variables.map((variable) => [variable.name, variable]));
  }

  get grads(): never {
    const expected = 'to be read by a correction, which gets them after the backward pass';
    return reject(where, 'grads', expected, 'a penalty');
  }

  get embeddings(): tf.Tensor {
    return this.#once('embeddings', () => this.#embedded.embeddings);
  }

  /** The padding of the embeddings, [B, L], as the layer that makes them says it. */
  get embeddingMask(): tf.Tensor | undefined {
    return this.#once('embeddingMask', () => paddingOf(this.#step.pass));
  }

  /** The same where the logits have these rows, [B, L, C]: the rows that count. */
  get mask(): tf.Tensor | undefined {
    return this.#once('mask', () => maskOfRows(this.embeddingMask, this.logits));
  }

  /** From embeddings to logits, by another pass. */
  get modelFn(): (embeddings: tf.Tensor) => tf.Tensor {
    this.#checkOpen('modelFn');
    return modelFnOf(this.#step, this.#embedded, this.#output('modelFn'));
  }

  /** By another pass of the whole model, from its inputs to the logits, with whatever values its weights have by then. */
  get forward(): () => tf.Tensor {
    this.#checkOpen('forward');
    return forwardOf(this.#step, this.#output('forward'));
  }

  /** What the loss itself reads, where the end of the model does not say how its logits predict, or no output was named. */
  get readByLoss(): ReadByLoss | undefined {
    this.#checkOpen('readByLoss');
    return readByLoss(this.#step, this);
  }

  /** ℓ of each output: its mean over the batch, class weights in it. */
  get taskLosses(): tf.Scalar[] {
    return this.#once('taskLosses', () => {
      const { model, ends, batch } = this.#step;
      return taskLossesOf(model, ends, batch);
    });
  }

  get ntkProxies(): tf.Tensor1D {
    return this.#once('ntkProxies', () => {
      const { pass, ends } = this.#step;
      const shared = sharedBy(
        pass,
        ends.map(({ yPred }) => yPred),
      );
      return ntkProxies(() => this.taskLosses, shared);
    });
  }

  get layers(): readonly object[] {
    this.#checkOpen('layers');
    return networkOf(this.#step.pass, this.#prediction);
  }

  /** Whether `layers` are all that the logits are made of, or the weights have to be shaken. */
  get via(): Way {
    const { decided, pass } = this.#step;
    decided.via ??= wayOf(pass, this.#prediction);
    return decided.via;
  }

  /** Reads what a term may ask for when it observes, after the pass has been forgotten. */
  settle(): void {
    for (const key of ['logits', 'head', 'includeBias', 'features', 'targets'] as const) {
      try {
        this[key];
      } catch {
        // The term that asks for it is told.
      }
    }
  }

  dispose(): void {
    this.#kept.dispose();
  }

  get #prediction(): Prediction {
    return this.#kept.once('prediction', () => {
      const { model, pass, ends, isTrial } = this.#step;
      const output = this.#output('logits');
      const prediction = predictionOf(pass, (ends[output] as End).yPred, lossOf(model, output));
      if (isTrial) {
        checkTrained(pass, [prediction.logits]);
      }
      return prediction;
    });
  }

  get #embedded(): Embeddings {
    return this.#kept.once('embedded', () => {
      const { model, pass, batch } = this.#step;
      return embeddingsOf(model, pass, batch);
    });
  }

  #output(key: string): number {
    const { output, model } = this.#step;
    if (output === undefined) {
      const expected = `of one output, to be named in the option \`output\`: one of ${model.outputNames.join(', ')}`;
      reject(where, key, expected, `a model with ${model.outputs.length} outputs`);
    }
    return output;
  }

  #checkOpen(key: string): void {
    if (this.#step.ends.some(({ yPred }) => yPred.isDisposed)) {
      reject(where, key, 'to be read by a penalty, before the backward pass', 'a later time');
    }
  }

  /** Made once, of a pass that is still there, and kept until the step is over. */
  #once<T>(key: string, make: () => T): T {
    return this.#kept.once(key, () => {
      this.#checkOpen(key);
      return make();
    });
  }
}
