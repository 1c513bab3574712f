import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { reject } from '@toploss/core/kit';
import { Entries } from './history.js';
import { CollapseWatch } from './lambda/collapse.js';
import type { Losses } from './step.js';
import { outputOf, type Setup, Training } from './training.js';
import { type End, into } from './watch/again.js';
import { type Trained, trainedBy, where } from './watch/model.js';
import { onSet, override } from './watch/override.js';
import { type Hear, trainFunction } from './watch/train-function.js';

/** Marks what is overridden; every copy of this package knows the symbol. */
const attached = Symbol.for('@toploss/layers.attached');

/**
 * The terms of a model, from `attach` to `detach`. It owns everything that is overridden on the outer and the inner
 * model, and the losses of the last step. After `remove`, functions of it that somebody still holds do what tfjs does.
 */
export class Installation {
  readonly #setup: Setup;
  readonly #restoreOuter: () => void;
  readonly #watch: CollapseWatch;
  #restoreInner = () => {};
  #training: Training;
  #last: Losses = {};
  #isOver = false;

  constructor(setup: Setup) {
    const { model } = setup;
    const trained = trainedBy(model);
    checkFree(model, trained);
    this.#setup = setup;
    this.#training = new Training(trained, setup);
    this.#training.prepare();
    const watched = setup.isQuiet ? [] : setup.terms;
    const output = outputOf(trained, setup.output);
    this.#watch = new CollapseWatch(watched, output, () => this.#training.step);
    this.#restoreInner = this.#overrideInner(trained);
    this.#restoreOuter = this.#overrideOuter(model);
  }

  losses(): Losses {
    return Object.fromEntries(Object.entries(this.#last).map(([name, x]) => [name, tf.clone(x)]));
  }

  remove(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#restoreInner();
      this.#restoreOuter();
      this.#watch.dispose();
      this.#keep({});
    }
  }

  #overrideOuter(model: LayersModel): () => void {
    const { compile, dispose } = model;
    const restore = override(model as LayersModel & { [attached]?: boolean }, {
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
    const ignore = isSequential
      ? onSet(model as LayersModel & { model?: Trained }, 'model', (inner) => this.#move(inner))
      : () => {};
    return () => {
      ignore();
      restore();
    };
  }

  #compiled(): void {
    if (this.#isOver) {
      return;
    }
    try {
      this.#training.prepare();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** A `Sequential` has made another inner model. A running `fit` goes on with the one before, terms included. */
  #move(inner: Trained | undefined): void {
    this.#restoreInner();
    this.#restoreInner = () => {};
    if (inner !== undefined) {
      this.#training = new Training(inner, this.#setup);
      this.#restoreInner = this.#overrideInner(inner);
    }
  }

  #overrideInner(trained: Trained): () => void {
    const training = this.#training;
    const { makeTrainFunction } = trained;
    let made = new Entries();
    const restore = override(trained as Trained & { [attached]?: boolean }, {
      [attached]: true,
      makeTrainFunction: () => {
        const plain = makeTrainFunction.call(trained);
        const entries = new Entries();
        made = entries;
        return (batch) => (this.#isOver ? plain(batch) : this.#train(training, batch, entries));
      },
    });
    // `fit` and `fitDataset` make their train function and, in the same tick, their history.
    const ignore = onSet(trained, 'history', (history) => {
      if (history?.params !== undefined) {
        made.follow(history);
        this.#watch.follow(history, trained);
      }
    });
    return () => {
      ignore();
      restore();
    };
  }

  #train(training: Training, tensors: tf.Tensor[], entries: Entries): tf.Scalar[] {
    const ends: End[] = [];
    const minimize = (loss: () => tf.Scalar): tf.Scalar => {
      const { total, base, ...values } = training.take({ tensors, ends, loss }) as Losses &
        Record<'total' | 'base', tf.Scalar>;
      const weights = training.weights();
      entries.add({ ...values, ...weights });
      tf.dispose(weights);
      const result = tf.clone(base);
      this.#keep({ total, base, ...values });
      return result;
    };
    const hear: Hear = (output, yTrue, yPred, loss) => {
      into(ends)(output, yTrue, yPred, loss);
      this.#watch.hear(output, yTrue, yPred);
    };
    return trainFunction(training.trained, minimize, hear)(tensors);
  }

  /** Takes over these losses, and disposes of those of the step before. */
  #keep(losses: Losses): void {
    tf.dispose(this.#last);
    this.#last = {};
    // A term may have called `detach` in this step.
    if (this.#isOver) {
      tf.dispose(losses);
      return;
    }
    for (const value of Object.values(losses)) {
      tf.keep(value);
    }
    this.#last = losses;
  }
}

function checkFree(model: LayersModel, trained: Trained): void {
  if (attached in model || attached in trained) {
    const expected = 'to have nothing attached: attach all terms at once, or detach before';
    reject(where, 'model', expected, 'a model with terms attached');
  }
  if (Object.hasOwn(trained, 'makeTrainFunction')) {
    const expected =
      'to have the `makeTrainFunction` of its class: delete its own, or train with `trainStep`';
    reject(where, 'model', expected, 'a model with one of its own');
  }
  if (trained.isTraining) {
    reject(
      where,
      'model',
      'not to be in `fit`: attach before it or after it',
      'a model that is being trained',
    );
  }
}
