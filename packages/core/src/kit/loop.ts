import * as tf from '@tensorflow/tfjs-core';
import { byPrograms, launch } from './launch.js';

type Values = Float32Array | Int32Array | Uint8Array;

/** The values of x on cpu and wasm; `undefined` on other backends, where reading would wait for a device. */
export function hostValues(x: tf.Tensor): Values | undefined {
  return ['cpu', 'wasm'].includes(tf.getBackend()) ? (x.dataSync() as Values) : undefined;
}

/** The methods with which kernels of the wasm backend read their inputs and write their outputs. */
interface WasmHeap {
  readonly dataIdMap: { has(id: object): boolean };
  typedArrayFromHeap(x: tf.TensorInfo): Values;
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
}

const hasHeap = (backend: Partial<WasmHeap>): backend is WasmHeap =>
  backend.typedArrayFromHeap !== undefined;

/**
 * `hostValues` without the copy on wasm, which takes as long as several operations. Don't write to the view, and don't
 * read it after making a tensor: the heap of wasm moves when it grows.
 */
export function hostView(x: tf.Tensor): Values | undefined {
  const backend = tf.backend() as Partial<WasmHeap>;
  return hasHeap(backend) && backend.dataIdMap.has(x.dataId)
    ? backend.typedArrayFromHeap(x)
    : hostValues(x);
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

/** Writes f(x, y) for every entry to `result`. */
export type Loop = (
  x: Readonly<Float32Array>,
  y: Readonly<Float32Array>,
  result: Float32Array,
) => void;

/** On wasm, a loop over so many entries takes as long as an operation: a few microseconds. */
const SMALL = 2048;

/**
 * Whether a formula over `size` entries runs as one JavaScript loop instead of tfjs operations. Always on cpu, where an
 * operation takes several nanoseconds per entry, and tens of them with a scalar. On wasm for small tensors only: there
 * an operation takes a few microseconds, and almost no time per entry.
 */
export function isLooped(size: number): boolean {
  const backend = tf.getBackend();
  return backend === 'cpu' || (backend === 'wasm' && size <= SMALL);
}

/**
 * f(x, y), entry by entry, of two float32 tensors of the same shape. A loop computes in double precision.
 *
 * @param loop The formula on arrays. Each formula has its own loop: if one shared loop called a function per entry, V8
 *   would box every number.
 * @param operations The same formula in tfjs operations.
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
  return filled(x.shape, (result) =>
    loop(hostView(x) as Float32Array, hostView(y) as Float32Array, result),
  );
}

/** x + c y, with c a scalar. */
export const addScaled = (x: tf.Tensor, c: tf.Scalar, y: tf.Tensor): tf.Tensor =>
  elementwise(
    x,
    y,
    (x, y, sum) => {
      const factor = valueAtHand(c)!;
      for (let k = 0; k < sum.length; k++) {
        sum[k] = x[k]! + factor * y[k]!;
      }
    },
    () =>
      byPrograms('core.addScaled', () => withFactor(c, { x, y }, 'x(b, i, j) + c * y(b, i, j)')) ??
      tf.add(x, tf.mul(c, y)),
  );

/** c x, with c a scalar. */
export const scaled = (c: tf.Scalar, x: tf.Tensor): tf.Tensor =>
  elementwise(
    x,
    x,
    (x, _, product) => {
      const factor = valueAtHand(c)!;
      for (let k = 0; k < product.length; k++) {
        product[k] = factor * x[k]!;
      }
    },
    () => byPrograms('core.scaled', () => withFactor(c, { x }, 'c * x(b, i, j)')) ?? tf.mul(c, x),
  );

/** The entries that `result` gives of tensors of one shape and of c: a number if it is known, else a tensor. */
function withFactor(c: tf.Scalar, inputs: Record<string, tf.Tensor>, result: string): tf.Tensor {
  const shape = Object.values(inputs)[0]!.shape;
  const known = valueAtHand(c);
  return known === undefined
    ? launch({
        inputs: { ...inputs, factor: c },
        shape,
        entry: `float c = factor(0, 0, 0); return ${result};`,
      })
    : launch({ inputs, numbers: { c: known }, shape, entry: `return ${result};` });
}

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
