import * as tf from '@tensorflow/tfjs-core';
import { check } from './check.js';

/** Keeps tensors beyond the tidy that made them, until `dispose`. */
export class KeptTensors {
  readonly #tensors: tf.Tensor[] = [];
  readonly #instances: object[] = [];
  readonly #held: object[] = [];
  readonly #backend = tf.backend();

  /** Keeps the memory of x, which costs less than a second tensor: `alias` makes one of it. */
  hold({ dataId, shape, dtype }: tf.Tensor): tf.TensorInfo {
    this.#backend.incRef(dataId);
    this.#held.push(dataId);
    return { dataId, shape, dtype };
  }

  /** x with its tensors kept, at any depth of arrays, plain objects, Maps and Sets. All other values stay the same. */
  keep(x: unknown): unknown {
    if (x instanceof tf.Tensor) {
      const kept = tf.keep(alias(x));
      this.#tensors.push(kept);
      return kept;
    }
    if (Array.isArray(x)) {
      return x.map((entry) => this.keep(entry));
    }
    if (x instanceof Map) {
      return new Map(Array.from(x, ([key, entry]) => [key, this.keep(entry)]));
    }
    if (x instanceof Set) {
      return new Set(Array.from(x, (entry) => this.keep(entry)));
    }
    if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) {
      return x;
    }
    if (![Object.prototype, null].includes(Object.getPrototypeOf(x))) {
      this.#instances.push(x);
      return x;
    }
    return Object.fromEntries(Object.entries(x).map(([key, entry]) => [key, this.keep(entry)]));
  }

  /** Call after the tidy. Throws if an instance of a class in x has a tensor that the tidy disposed of. */
  check(argument: string): void {
    for (const instance of this.#instances) {
      if (Object.values(instance).some((x) => x instanceof tf.Tensor && x.isDisposed)) {
        check.reject(
          argument,
          'to hold its tensors in arrays, plain objects, Maps or Sets, so that terms can observe them',
          instance,
        );
      }
    }
  }

  dispose(): void {
    for (const x of this.#tensors) {
      x.dispose();
    }
    this.#tensors.length = 0;
    for (const dataId of this.#held) {
      if (this.#backend.disposeData(dataId)) {
        tf.engine().removeDataId(dataId, this.#backend);
      }
    }
    this.#held.length = 0;
  }
}

/** A second tensor on the memory of x, on no tape. `tf.clone` is an operation, and copies the values on wasm. */
export function alias<T extends tf.Tensor>(x: T | tf.TensorInfo): T {
  tf.backend().incRef(x.dataId);
  return tf.engine().makeTensorFromTensorInfo(x) as T;
}
