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

/**
 * f of the values of float32 tensors, where they are at hand: on cpu and wasm. `undefined` where reading them would wait
 * for a device:
 *
 *     inLoop([x, y], (x, y) => …) ?? operations(x, y)
 *
 * @param f Makes its tensors last, since the values on wasm are gone with the next tensor that is made.
 */
export function inLoop<R>(
  tensors: readonly tf.Tensor[],
  f: (...values: Float32Array[]) => R,
): R | undefined {
  const values: Float32Array[] = [];
  for (const x of tensors) {
    const view = hostView(x);
    if (view === undefined) {
      return undefined;
    }
    values.push(view as Float32Array);
  }
  return f(...values);
}

/** Writes f(x, y) for every entry. */
export type Loop = (
  x: Readonly<Float32Array>,
  y: Readonly<Float32Array>,
  result: Float32Array,
) => void;

/** On wasm, where a loop over so many entries takes as long as the few microseconds of an operation. */
const SMALL = 2048;

/**
 * Whether a formula over so many entries is one loop of JavaScript, rather than operations of tfjs: always on cpu,
 * where an operation costs several nanoseconds an entry and one with a scalar tens of them; for small tensors on
 * wasm, where it costs some microseconds and then next to nothing an entry.
 */
export function isLooped(size: number): boolean {
  const backend = tf.getBackend();
  return backend === 'cpu' || (backend === 'wasm' && size <= SMALL);
}

/**
 * f(x, y), entry by entry, of two float32 tensors of one shape: in double precision where it is a loop.
 *
 * @param loop The formula on arrays. A loop of its own for each formula: called entry by entry through one
 *   loop for all, V8 would put every number in a box.
 * @param operations The same, of x and y as tensors.
 */
export function elementwise(
  x: tf.Tensor,
  y: tf.Tensor,
  loop: Loop,
  operations: () => tf.Tensor,
): tf.Tensor {
  if (!isLooped(x.size)) {
    return operations();
  }
  const result = new Float32Array(x.size);
  loop(hostView(x) as Float32Array, hostView(y) as Float32Array, result);
  return tf.tensor(result, x.shape);
}

/** x + c y, with c a scalar. */
export const addScaled = (x: tf.Tensor, c: tf.Scalar, y: tf.Tensor): tf.Tensor =>
  elementwise(
    x,
    y,
    (x, y, sum) => {
      const factor = firstOf(c);
      for (let k = 0; k < sum.length; k++) {
        sum[k] = x[k]! + factor * y[k]!;
      }
    },
    () => tf.add(x, tf.mul(c, y)),
  );

/** c x, with c a scalar. */
export const scaled = (c: tf.Scalar, x: tf.Tensor): tf.Tensor =>
  elementwise(
    x,
    x,
    (x, _, product) => {
      const factor = firstOf(c);
      for (let k = 0; k < product.length; k++) {
        product[k] = factor * x[k]!;
      }
    },
    () => tf.mul(c, x),
  );

const firstOf = (x: tf.Scalar): number => hostView(x)?.[0] as number;

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
