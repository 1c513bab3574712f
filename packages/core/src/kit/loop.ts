import * as tf from '@tensorflow/tfjs-core';

type Values = Float32Array | Int32Array | Uint8Array;

/** The methods with which kernels of the wasm backend read their inputs and write their outputs. */
interface WasmHeap {
  readonly dataIdMap: { has(id: object): boolean };
  typedArrayFromHeap(x: tf.TensorInfo): Values;
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
}

const hasHeap = (backend: Partial<WasmHeap>): backend is WasmHeap =>
  backend.typedArrayFromHeap !== undefined;

/**
 * The values of x on cpu and wasm; `undefined` on other backends, where reading would wait for a device. Don't write to
 * the view, and don't read it after making a tensor: the heap of wasm moves when it grows.
 */
export function hostView(x: tf.Tensor): Values | undefined {
  const backend = tf.backend() as Partial<WasmHeap>;
  if (hasHeap(backend) && backend.dataIdMap.has(x.dataId)) {
    return backend.typedArrayFromHeap(x); // without the copy of `dataSync`, which takes as long as several operations
  }
  return ['cpu', 'wasm'].includes(tf.getBackend()) ? (x.dataSync() as Values) : undefined;
}

/** The values of x to write to: on cpu and wasm, if no other tensor shares them. */
export const ownView = (x: tf.Tensor): Values | undefined =>
  tf.backend().refCount(x.dataId) === 1 ? hostView(x) : undefined;

/** Where webgl and webgpu keep the values that no program has read yet. */
interface Uploads {
  readonly texData?: { get(id: object): { values?: Values | null } };
  readonly tensorMap?: { get(id: object): { values?: Values | null } };
}

/** The value of x, if it is known without waiting for a device. */
export function valueAtHand(x: tf.Scalar): number | undefined {
  const { texData, tensorMap } = tf.backend() as unknown as Uploads;
  return (hostView(x) ?? (texData ?? tensorMap)?.get(x.dataId).values)?.[0];
}

/**
 * f of the values of float32 tensors, on cpu and wasm. `undefined` on other backends, where reading would wait for a
 * device:
 *
 *     inLoop([x, y], (x, y) => …) ?? operations(x, y)
 *
 * @param f Must make its tensors last: on wasm, the next tensor may invalidate the values.
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

/** `tf.tensor` of values that fit the shape, without its checks. On cpu the tensor takes the array over. */
export const tensorOf = <T extends tf.Tensor>(values: Float32Array, shape: number[]): T =>
  tf.engine().makeTensor(values, shape, 'float32') as T;

/**
 * A new float32 tensor on cpu or wasm, every value of which `write` sets. On wasm it writes to the heap itself: an array
 * and its copy would cost several microseconds more. The values are not 0 before, and the heap may have grown: take the
 * views of other tensors inside `write`.
 */
export function filled<T extends tf.Tensor>(
  shape: number[],
  write: (values: Float32Array) => void,
): T {
  const backend = tf.backend() as Partial<WasmHeap>;
  if (!hasHeap(backend)) {
    const values = new Float32Array(tf.util.sizeFromShape(shape));
    write(values);
    return tensorOf(values, shape);
  }
  const x = tf.engine().makeTensorFromTensorInfo(backend.makeOutput(shape, 'float32')) as T;
  write(backend.typedArrayFromHeap(x) as Float32Array);
  return x;
}

/** `tf.scalar`, without its checks. */
export const scalarOf = (value: number): tf.Scalar => tensorOf(Float32Array.of(value), []);

/** Σ x y over the entries from `start` to `end`, in double precision. */
export function sumOfProducts(
  x: Readonly<Float32Array>,
  y: Readonly<Float32Array>,
  start = 0,
  end = x.length,
): number {
  // Four independent sums: with one, every addition would wait for the last.
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
