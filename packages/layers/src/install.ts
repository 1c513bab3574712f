import * as tf from '@tensorflow/tfjs-core';
import { clones, Memory } from '@toploss/core/kit';
import { CollapseWatch } from './lambda/collapse.js';
import type { Losses } from './step.js';
import { type AttachSetup, Training } from './training.js';
import { AttachedModel, type Trainer } from './watch/attached.js';
import type { BatchLogs } from './watch/history.js';
import { type TrainedModel, trainedBy } from './watch/model.js';
import type { Pass } from './watch/pass.js';
import { trainFunction } from './watch/train-function.js';

/** The terms of a model, from `attach` to `detach`, and the losses of the last step. */
export class Installation {
  readonly #setup: AttachSetup;
  readonly #collapse: CollapseWatch;
  readonly #attached: AttachedModel;
  #training!: Training;
  readonly #last = new Memory();

  constructor(setup: AttachSetup) {
    const { model, terms, isQuiet } = setup;
    const trained = trainedBy(model);
    this.#setup = setup;
    this.#collapse = new CollapseWatch(isQuiet ? [] : terms, () => this.#training);
    this.#attached = new AttachedModel(model, trained, {
      onInner: (inner) => this.#trainerOf(inner),
      onCompile: () => this.#prepare(),
      onDispose: () => this.remove(),
    });
    this.#prepare();
  }

  losses(): Losses {
    return clones(this.#last.tensors) as Losses;
  }

  remove(): void {
    if (!this.#attached.isOver) {
      this.#attached.restore();
      this.#collapse.dispose();
      this.#last.dispose();
    }
  }

  #trainerOf(trained: TrainedModel): Trainer {
    const training = new Training(trained, this.#setup);
    this.#training = training;
    return {
      train: (batch, logs) => this.#train(training, batch, logs),
      onFit: () => this.#collapse.follow(trained),
    };
  }

  #prepare(): void {
    try {
      this.#training.prepare();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #train(training: Training, tensors: tf.Tensor[], logs: BatchLogs): tf.Scalar[] {
    const minimize = (loss: () => tf.Scalar) => {
      const onPass = ({ ends }: Pass) => this.#collapse.see(ends);
      const { losses, weights } = training.take({ tensors, loss, onPass });
      const { total, base, ...values } = losses as Losses & { base: tf.Scalar };
      logs.add({ ...values, ...weights });
      tf.dispose(weights);
      const result = tf.clone(base);
      this.#last.replace(losses, 1);
      if (this.#attached.isOver) {
        this.#last.dispose(); // A term has called `detach` in this step.
      }
      return result;
    };
    return trainFunction(training.trained, minimize)(tensors);
  }
}
