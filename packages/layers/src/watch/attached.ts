import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { BatchLogs, type FitListener } from './history.js';
import { check, type TrainedModel } from './model.js';
import { all, onSet, override } from './override.js';

/** Trains an inner model instead of the train function of tfjs. */
export interface Trainer {
  train(batch: tf.Tensor[], logs: BatchLogs): tf.Scalar[];
  /** A call of `fit` begins. */
  onFit(): FitListener;
}

/** Hears of the life of a model. */
export interface ModelListener {
  /** Hears of the inner model, and of each later one that a `Sequential` makes. */
  onInner(trained: TrainedModel): Trainer;
  /** `compile` has succeeded. */
  onCompile(): void;
  /** The model is disposed of, and no other model holds it. */
  onDispose(): void;
}

/** Marks what is overridden; every copy of this package knows the symbol. */
const attached = Symbol.for('@toploss/layers.attached');

type Marked<Model> = Model & { [attached]?: boolean };

/**
 * Owns everything that an attachment overrides on the outer and the inner model. After `restore`, the functions that
 * somebody still holds do what tfjs does.
 */
export class AttachedModel {
  readonly #listener: ModelListener;
  readonly #restoreOuter: () => void;
  #restoreInner = () => {};
  #isOver = false;

  constructor(model: LayersModel, trained: TrainedModel, listener: ModelListener) {
    checkFree(model, trained);
    this.#listener = listener;
    this.#overrideInner(trained);
    const restore = this.#overrideOuter(model);
    const isSequential = (model as unknown) !== trained;
    this.#restoreOuter = isSequential
      ? all([
          onSet(model as { model?: TrainedModel }, 'model', (inner) => this.#overrideInner(inner)),
          restore,
        ])
      : restore;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  restore(): void {
    this.#isOver = true;
    this.#restoreInner();
    this.#restoreOuter();
  }

  #overrideOuter(model: Marked<LayersModel>): () => void {
    const { compile, dispose } = model;
    return override(model, {
      [attached]: true,
      compile: (...args) => {
        compile.apply(model, args);
        if (!this.#isOver) {
          this.#listener.onCompile();
        }
      },
      dispose: () => {
        const result = dispose.call(model);
        if (result.refCountAfterDispose === 0) {
          this.#listener.onDispose();
        }
        return result;
      },
    });
  }

  /** Leaves the inner model before this one. A running `fit` goes on with that model, terms included. */
  #overrideInner(trained: Marked<TrainedModel> | undefined): void {
    this.#restoreInner();
    this.#restoreInner = () => {};
    if (trained === undefined) {
      return;
    }
    const trainer = this.#listener.onInner(trained);
    const { makeTrainFunction } = trained;
    let made = new BatchLogs();
    const restore = override(trained, {
      [attached]: true,
      makeTrainFunction: () => {
        const plain = makeTrainFunction.call(trained);
        const logs = new BatchLogs();
        made = logs;
        return (batch) => (this.#isOver ? plain(batch) : trainer.train(batch, logs));
      },
    });
    // `fit` and `fitDataset` make their train function and, in the same tick, their history.
    const ignore = onSet(trained, 'history', (history) => {
      if (history?.params !== undefined) {
        made.follow(history, trainer.onFit());
      }
    });
    this.#restoreInner = all([ignore, restore]);
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
