import * as tf from '@tensorflow/tfjs-core';
import { check } from '../watch/model.js';
import type { FirstPass } from './first-pass.js';
import { type Readers, readers } from './readers.js';

/**
 * What the terms read from the model. The names mean the same in every package. Each input is computed when a term asks
 * for it, once in a step. If the model doesn't have the input, an error says so.
 */
export type Inputs = { readonly [Key in keyof Readers]: ReturnType<Readers[Key]> };

/** What a penalty may read of a model; gradients are for corrections. */
export type Vocabulary = Exclude<keyof Inputs, 'loss' | 'grads'>;

/** Has a class, so that `trainStep` reads no input by itself. */
class ReadInputs {}

const isRead = (key: PropertyKey): key is keyof Readers => Object.hasOwn(readers, key);

/** The inputs of a step, read from its first pass and kept until they are disposed of. */
export class StepInputs {
  readonly inputs: Inputs;
  readonly #first: FirstPass;
  readonly #made = new Map<string, unknown>();
  readonly #tensors: tf.Tensor[] = [];

  constructor(first: FirstPass) {
    this.#first = first;
    this.inputs = new Proxy(new ReadInputs(), {
      get: (_, key) => (isRead(key) ? this.#once(key) : undefined),
      has: (_, key) => isRead(key),
    }) as Inputs;
  }

  /** Reads what a term may ask for when it observes, after the pass. */
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

  #once(key: keyof Readers): unknown {
    if (!this.#made.has(key)) {
      // The weights outlive the pass.
      if (key !== 'params' && this.#first.pass.ends.some(({ yPred }) => yPred.isDisposed)) {
        check.reject(key, 'to be read by a penalty, before the backward pass', 'a later time');
      }
      this.#made.set(key, this.#keep(readers[key](this.#first, this.inputs)));
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
