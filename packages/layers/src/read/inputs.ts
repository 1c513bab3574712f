import * as tf from '@tensorflow/tfjs-core';
import { reject } from '@toploss/core/kit';
import { where } from '../watch/model.js';
import type { LossEnd } from '../watch/train-function.js';
import { type FirstPass, type Readers, readersOf } from './readers.js';

/**
 * What the terms read, under the names that mean the same in every package, from the model: each when it is asked
 * for, and once in a step. What a model does not have is an error that says so.
 */
export type Inputs = { readonly [Key in keyof Readers]: ReturnType<Readers[Key]> };

/** What a penalty may read of a model; gradients are for corrections. */
export type Vocabulary = Exclude<keyof Inputs, 'loss' | 'grads'>;

class ReadInputs {}

/** The inputs of a step, made of its first pass, and kept until they are disposed of. */
export class StepInputs {
  readonly inputs: Inputs;
  readonly #made = new Map<string, unknown>();
  readonly #tensors: tf.Tensor[] = [];

  constructor(first: FirstPass) {
    const { ends } = first.pass;
    // Of a class: `trainStep` then reads none of them by itself. Getters would take as long as a penalty to define.
    this.inputs = new Proxy(new ReadInputs(), {
      get: (_, key) =>
        Object.hasOwn(readers, key)
          ? this.#once(key as keyof Readers, ends, readers[key as keyof Readers])
          : undefined,
      has: (_, key) => Object.hasOwn(readers, key),
    }) as Inputs;
    const readers = readersOf(first, this.inputs);
  }

  /** Reads what a term may ask for when it observes, after the pass has been forgotten. */
  settle(): void {
    for (const key of ['logits', 'head', 'includeBias', 'features', 'targets'] as const) {
      try {
        this.inputs[key];
      } catch {
        // The term that asks for it is told.
      }
    }
  }

  dispose(): void {
    tf.dispose(this.#tensors);
    this.#made.clear();
  }

  #once(key: string, ends: readonly LossEnd[], read: () => unknown): unknown {
    if (!this.#made.has(key)) {
      // What is trained is there at any time.
      if (key !== 'params' && ends.some(({ yPred }) => yPred.isDisposed)) {
        reject(where, key, 'to be read by a penalty, before the backward pass', 'a later time');
      }
      this.#made.set(key, this.#keep(read()));
    }
    return this.#made.get(key);
  }

  #keep(x: unknown): unknown {
    if (Array.isArray(x)) {
      return x.map((entry) => this.#keep(entry));
    }
    if (!(x instanceof tf.Tensor)) {
      return x;
    }
    const kept = tf.keep(tf.clone(x));
    this.#tensors.push(kept);
    return kept;
  }
}
