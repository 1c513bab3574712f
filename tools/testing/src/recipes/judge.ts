import * as tf from '@tensorflow/tfjs-core';

/** The tensors in x, in arrays and plain objects of any depth; no getter is called. */
export function tensorsIn(x: unknown): tf.Tensor[] {
  if (isTensor(x)) {
    return [x];
  }
  return entriesOf(x).flatMap(([, entry]) => tensorsIn(entry));
}

export const isTensor = (x: unknown): x is tf.Tensor => {
  try {
    return x instanceof tf.Variable || (x as object | null)?.constructor === tf.Tensor;
  } catch {
    return false; // a hostile object
  }
};

/** The entries of arrays and plain objects; of anything else none. */
export function entriesOf(x: unknown): [string, unknown][] {
  if (typeof x !== 'object' || x === null || isTensor(x)) {
    return [];
  }
  try {
    const isPlain = Array.isArray(x) || [Object.prototype, null].includes(Object.getPrototypeOf(x));
    const properties = isPlain ? Object.entries(Object.getOwnPropertyDescriptors(x)) : [];
    return properties
      .filter(([key, { enumerable }]) => enumerable || (Array.isArray(x) && key !== 'length'))
      .map(([key, { value }]) => [key, value]);
  } catch {
    return []; // a hostile object
  }
}

/** Everything in x as text: to be compared with what it is later. */
export function snapshot(x: unknown): string {
  if (isTensor(x)) {
    const values = x.isDisposed ? 'disposed' : Array.from(x.dataSync(), (v) => shown(v)).join();
    return `${x.dtype}[${x.shape}](${values})`;
  }
  const entries = entriesOf(x);
  if (entries.length > 0) {
    return `{${entries.map(([key, value]) => `${key}: ${snapshot(value)}`).join('; ')}}`;
  }
  try {
    return shown(x);
  } catch {
    return 'a hostile object';
  }
}

/** −0 is another number than 0. */
const shown = (x: unknown): string => (Object.is(x, -0) ? '-0' : String(x));

const isFiniteTensor = (x: tf.Tensor): boolean =>
  !x.isDisposed && x.dtype !== 'string' && Array.from(x.dataSync()).every(Number.isFinite);

/** Whether no number in it is NaN or infinite. */
export function areFinite(x: unknown): boolean {
  if (isTensor(x)) {
    return isFiniteTensor(x);
  }
  return typeof x === 'number' ? Number.isFinite(x) : entriesOf(x).every(([, y]) => areFinite(y));
}

export const hasNaN = (x: unknown): boolean =>
  tensorsIn(x).some((tensor) => Array.from(tensor.dataSync()).some((value) => Number.isNaN(value)));

/** What our callbacks and hostile objects throw: the user's own error, which passes through. */
export class Planted extends Error {}

/** ``package: expected `argument` … Received: ….`` */
const houseStyle = /^[\w.]+: expected `[^`]+` .*Received: .*\.$/s;

/** Whether an error says which argument of which package is wrong, or is the user's own. */
export function isClear(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  return error instanceof Planted || houseStyle.test(error.message);
}
