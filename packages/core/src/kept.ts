import * as tf from '@tensorflow/tfjs-core';

/** Tensors that outlive the tidy in which they were made, until all of them are disposed together. */
export class Kept {
  readonly #tensors: tf.Tensor[] = [];

  /** The tensors in x, in arrays and plain objects of any depth; everything else stays as it is. */
  keep<T>(x: T): T {
    if (x instanceof tf.Tensor) {
      const kept = tf.keep(tf.clone(x));
      this.#tensors.push(kept);
      return kept as T;
    }
    if (Array.isArray(x)) {
      return x.map((entry) => this.keep(entry)) as T;
    }
    if (typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype) {
      return Object.fromEntries(
        Object.entries(x).map(([key, entry]) => [key, this.keep(entry)]),
      ) as T;
    }
    return x;
  }

  dispose(): void {
    tf.dispose(this.#tensors);
    this.#tensors.length = 0;
  }
}
