import * as tf from '@tensorflow/tfjs-core';

/** What is made once, with its tensors kept from any tidy until all of them are disposed of together. */
export class Kept {
  readonly #known = new Map<string, unknown>();
  readonly #tensors: tf.Tensor[] = [];

  once<T>(key: string, make: () => T): T {
    if (!this.#known.has(key)) {
      this.#known.set(key, this.#keep(make()));
    }
    return this.#known.get(key) as T;
  }

  dispose(): void {
    tf.dispose(this.#tensors);
    this.#known.clear();
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
