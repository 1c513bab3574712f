import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { clones, Memory } from '@toploss/core/kit';
import { CollapseWatch } from './lambda/collapse.js';
import type { AttachSetup, Losses, ModelStep } from './step.js';
import { stepsOf } from './training.js';
import { BatchLogs } from './watch/history.js';
import { check, type TrainedModel, trainedBy } from './watch/model.js';
import { all, onSet, override } from './watch/override.js';
import { trainFunction } from './watch/train-function.js';

/** Marks what is overridden; every copy of this package knows the symbol. */
const attached = Symbol.for('@toploss/layers.attached');

type Marked<Model> = Model & { [attached]?: boolean };

/**
 * The terms of a model, from `attach` to `detach`, and the losses of the last step. Owns everything that is overridden
 * on the outer and the inner model. After `remove`, the functions that somebody still holds do what tfjs does.
 */
export class Installation {
  readonly #setup: AttachSetup;
  readonly #collapse: CollapseWatch;
  readonly #last = new Memory();
  readonly #restoreOuter: () => void;
  #restoreInner = () => {};
  #step!: () => ModelStep;
  #isOver = false;

  constructor(setup: AttachSetup) {
    const { model, terms, isQuiet } = setup;
    const trained = trainedBy(model);
    checkFree(model, trained);
    this.#setup = setup;
    this.#collapse = new CollapseWatch(isQuiet ? [] : terms);
    this.#overrideInner(trained);
    this.#restoreOuter = this.#overrideOuter(model, trained);
    this.#prepare();
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

  #overrideOuter(model: Marked<LayersModel>, trained: TrainedModel): () => void {
    const { compile, dispose } = model;
    const restore = override(model, {
      [attached]: true,
      compile: (...args) => {
        compile.apply(model, args);
        if (!this.#isOver) {
          this.#prepare();
        }
      },
      dispose: () => {
        const result = dispose.call(model);
        // No other model holds it.
        if (result.refCountAfterDispose === 0) {
          this.remove();
        }
        return result;
      },
    });
    // A `Sequential` makes another inner model at each `compile`.
    const outer = model as unknown as { model: TrainedModel };
    return outer.model === trained
      ? all([onSet(outer, 'model', (inner) => this.#overrideInner(inner)), restore])
      : restore;
  }

  /** Leaves the inner model before this one. A running `fit` goes on with that model, terms included. */
  #overrideInner(trained: Marked<TrainedModel>): void {
    this.#restoreInner();
    const step = stepsOf(trained, this.#setup);
    this.#step = step;
    const { makeTrainFunction } = trained;
    let made = new BatchLogs();
    const restore = override(trained, {
      [attached]: true,
      makeTrainFunction: () => {
        const plain = makeTrainFunction.call(trained);
        const logs = new BatchLogs();
        made = logs;
        const train = (batch: tf.Tensor[]) =>
          trainFunction(trained, (loss) => this.#take(step(), batch, loss, logs))(batch);
        return (batch) => (this.#isOver ? plain : train)(batch);
      },
    });
    // `fit` and `fitDataset` make their train function and, in the same tick, their history.
    const ignore = onSet(trained, 'history', (history) => {
      if (history?.params !== undefined) {
        this.#collapse.onTrainEnd(); // an earlier call may have failed
        made.follow(history, this.#collapse);
      }
    });
    this.#restoreInner = all([ignore, restore]);
  }

  /** Tries the terms on the model as it is compiled now. */
  #prepare(): void {
    try {
      this.#step();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #take(step: ModelStep, batch: tf.Tensor[], loss: () => tf.Scalar, logs: BatchLogs): tf.Scalar {
    const losses = step.take(batch, loss, ({ ends }) => {
      if (logs.current !== undefined) {
        this.#collapse.see(ends, step);
      }
    });
    const { total, base, ...values } = losses;
    tf.tidy(() => logs.add({ ...values, ...step.weights() }));
    const result = tf.clone(base!);
    this.#last.replace(losses, 1);
    if (this.#isOver) {
      this.#last.dispose(); // A term has called `detach` in this step.
    }
    return result;
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
