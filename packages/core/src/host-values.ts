import * as tf from '@tensorflow/tfjs-core';

type Values = Float32Array | Int32Array | Uint8Array;

/** The values of x where they lie in host memory; `undefined` where reading would wait for a device. */
export function hostValues(x: tf.Tensor): Values | undefined {
  return ['cpu', 'wasm'].includes(tf.getBackend()) ? (x.dataSync() as Values) : undefined;
}

/** What the kernels of the wasm backend read their inputs with. */
interface WasmHeap {
  readonly dataIdMap: { has(id: object): boolean };
  typedArrayFromHeap(x: tf.Tensor): Values;
}

/**
 * `hostValues` without the copy that it is on wasm, which takes as long as several operations. Not to be
 * written to, and gone with the next tensor that is made: the heap of wasm moves when it grows.
 */
export function hostView(x: tf.Tensor): Values | undefined {
  const backend = tf.backend() as Partial<WasmHeap>;
  return backend.typedArrayFromHeap !== undefined && backend.dataIdMap?.has(x.dataId)
    ? backend.typedArrayFromHeap(x)
    : hostValues(x);
}

/** Σ x y of the entries from `start` to `end`, in double precision. */
export function sumOfProducts(
  x: Readonly<Float32Array>,
  y: Readonly<Float32Array>,
  start = 0,
  end = x.length,
): number {
  // Four sums at a time: one would wait for itself at every addition.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let k = start;
  for (; k + 3 < end; k += 4) {
    a += x[k]! * y[k]!;
    b += x[k + 1]! * y[k + 1]!;
    c += x[k + 2]! * y[k + 2]!;
    d += x[k + 3]! * y[k + 3]!;
  }
  for (; k < end; k++) {
    a += x[k]! * y[k]!;
  }
  return a + b + (c + d);
}
