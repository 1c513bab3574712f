import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { clones, Memory } from '@toploss/core/kit';
import { BatchLogs } from './history.js';
import { CollapseWatch } from './lambda/collapse.js';
import type { Losses } from './step.js';
import { type AttachSetup, outputOf, Training } from './training.js';
import { check, type TrainedModel, trainedBy } from './watch/model.js';
import { all, onSet, override } from './watch/override.js';
import type { Pass } from './watch/pass.js';
import { type Minimize, trainFunction } from './watch/train-function.js';

/** Marks what is overridden; every copy of this package knows the symbol. */
const attached = Symbol.for('@toploss/layers.attached');

type Marked<Model> = Model & { [attached]?: boolean };

/**
 * The terms of a model, from `attach` to `detach`. It owns everything that is overridden on the outer and the inner
 * model, and the losses of the last step. After `remove`, functions of it that somebody still holds do what tfjs does.
 */
export class Installation {
  readonly #setup: AttachSetup;
  readonly #restoreOuter: () => void;
  readonly #collapse: CollapseWatch;
  #restoreInner = () => {};
  #training: Training;
  readonly #last = new Memory();
  #isOver = false;

  constructor(setup: AttachSetup) {
    const { model, terms, isQuiet } = setup;
    const trained = trainedBy(model);
    checkFree(model, trained);
    this.#setup = setup;
    this.#training = new Training(trained, setup);
    this.#training.prepare();
    const output = outputOf(trained, setup.output);
    this.#collapse = new CollapseWatch(isQuiet ? [] : terms, output, () => this.#training.step);
    this.#restoreInner = this.#overrideInner(this.#training);
    this.#restoreOuter = this.#overrideOuter(model);
  }

  losses(): Losses {
    return clones(this.#last.tensors) as Losses;
  }

  remove(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#restoreInner();
      this.#restoreOuter();
      this.#collapse.dispose();
      this.#last.dispose();
    }
  }

  #overrideOuter(model: Marked<LayersModel> & { model?: TrainedModel }): () => void {
    const { compile, dispose } = model;
    const restore = override(model, {
      [attached]: true,
      compile: (...args) => {
        compile.apply(model, args);
        this.#compiled();
      },
      dispose: () => {
        const result = dispose.call(model);
        // Another model may still hold it.
        if (result.refCountAfterDispose === 0) {
          this.remove();
        }
        return result;
      },
    });
    const isSequential = (model as unknown) !== this.#training.trained;
    return isSequential
      ? all([onSet(model, 'model', (inner) => this.#move(inner)), restore])
      : restore;
  }

  #compiled(): void {
    try {
      if (!this.#isOver) {
        this.#training.prepare();
      }
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** A `Sequential` has made another inner model. A running `fit` goes on with the one before, terms included. */
  #move(inner: TrainedModel | undefined): void {
    this.#restoreInner();
    this.#restoreInner = () => {};
    if (inner !== undefined) {
      this.#training = new Training(inner, this.#setup);
      this.#restoreInner = this.#overrideInner(this.#training);
    }
  }

  #overrideInner(training: Training): () => void {
    const trained: Marked<TrainedModel> = training.trained;
    const { makeTrainFunction } = trained;
    let made = new BatchLogs();
    const restore = override(trained, {
      [attached]: true,
      makeTrainFunction: () => {
        const plain = makeTrainFunction.call(trained);
        const logs = new BatchLogs();
        made = logs;
        return (batch) => (this.#isOver ? plain(batch) : this.#train(training, batch, logs));
      },
    });
    // `fit` and `fitDataset` make their train function and, in the same tick, their history.
    const ignore = onSet(trained, 'history', (history) => {
      if (history?.params !== undefined) {
        made.follow(history, this.#collapse.follow(trained));
      }
    });
    return all([ignore, restore]);
  }

  #train(training: Training, tensors: tf.Tensor[], logs: BatchLogs): tf.Scalar[] {
    const minimize: Minimize = (loss) => {
      const onPass = ({ ends }: Pass) => this.#collapse.see(ends);
      const { losses, weights } = training.take({ tensors, loss, onPass });
      const { total, base, ...values } = losses as Losses & { base: tf.Scalar };
      logs.add({ ...values, ...weights });
      tf.dispose(weights);
      const result = tf.clone(base);
      this.#last.replace(losses, 1);
      if (this.#isOver) {
        this.#last.dispose(); // A term has called `detach` in this step.
      }
      return result;
    };
    return trainFunction(training.trained, minimize)(tensors);
  }
}

function checkFree(model: LayersModel, trained: TrainedModel): void {
  if (attached in model || attached in trained) {
    const expected = 'to have nothing attached: attach all terms at once, or detach before';
    check.reject('model', expected, 'a model with terms attached');
  }
  if (Object.hasOwn(trained, 'makeTrainFunction')) {
    const expected =
      'to have the `makeTrainFunction` of its class: delete its own, or train with `trainStep`';
    check.reject('model', expected, 'a model with one of its own');
  }
  if (trained.isTraining) {
    const expected = 'not to be in `fit`: attach before it or after it';
    check.reject('model', expected, 'a model that is being trained');
  }
}
