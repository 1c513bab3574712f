import * as tf from '@tensorflow/tfjs-core';
import type { Checks } from '../kit/check.js';

/** Tensors that outlive the tidy in which they were made, until all of them are disposed together. */
export class Kept {
  readonly #tensors: tf.Tensor[] = [];
  readonly #instances: object[] = [];

  /** The tensors in x, in arrays, plain objects, Maps and Sets of any depth; everything else stays as it is. */
  keep<T>(x: T): T {
    return this.#keep(x) as T;
  }

  #keep(x: unknown): unknown {
    if (x instanceof tf.Tensor) {
      const kept = tf.keep(alias(x));
      this.#tensors.push(kept);
      return kept;
    }
    if (Array.isArray(x)) {
      return x.map((entry) => this.#keep(entry));
    }
    if (x instanceof Map) {
      return new Map(Array.from(x, ([key, entry]) => [key, this.#keep(entry)]));
    }
    if (x instanceof Set) {
      return new Set(Array.from(x, (entry) => this.#keep(entry)));
    }
    if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) {
      return x;
    }
    if (![Object.prototype, null].includes(Object.getPrototypeOf(x))) {
      this.#instances.push(x);
      return x;
    }
    return Object.fromEntries(Object.entries(x).map(([key, entry]) => [key, this.#keep(entry)]));
  }

  /** After that tidy: what stayed as it is, an instance of a class, holds nothing that was disposed there. */
  check(check: Checks, argument: string): void {
    for (const instance of this.#instances) {
      if (Object.values(instance).some((x) => x instanceof tf.Tensor && x.isDisposed)) {
        check.reject(
          argument,
          'to hold its tensors in arrays, plain objects, Maps or Sets, for the terms that observe it',
          instance,
        );
      }
    }
  }

  dispose(): void {
    tf.dispose(this.#tensors);
    this.#tensors.length = 0;
  }
}

/**
 * Another tensor on the memory of x, which no tape knows of. `tf.clone` is an operation, and on wasm a copy of the values.
 */
export function alias<T extends tf.Tensor>(x: T): T {
  tf.backend().incRef(x.dataId);
  return tf.engine().makeTensorFromTensorInfo(x) as T;
}
