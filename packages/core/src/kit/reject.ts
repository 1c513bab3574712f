import * as tf from '@tensorflow/tfjs-core';

/** Describes a value in an error message. */
function describe(value: unknown): string {
  if (value instanceof tf.Tensor) {
    return value.isDisposed ? 'a disposed tensor' : `${value.dtype} [${value.shape.join(', ')}]`;
  }
  if (typeof value === 'function') {
    return 'a function';
  }
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `an array of ${value.length}`;
  }
  if (typeof value !== 'object' || value === null) {
    return String(value);
  }
  if (isPromise(value)) {
    return 'a promise: await the data before the call, and make the function that returned it synchronous';
  }
  const kind: unknown = value.constructor;
  return typeof kind === 'function' && kind !== Object
    ? `an instance of ${kind.name}`
    : `an object with { ${Object.keys(value).join(', ')} }`;
}

/** Whether a value comes from an `async` function. tfjs differentiates synchronous functions only. */
export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';

type Rejection = [where: string, argument: string, expected: string, received: unknown];

/** Throws the error for a bad argument. */
export function reject(...rejection: Rejection): never {
  throw rejected(...rejection);
}

/** Throws the error for a number in training that is not finite: training may have diverged. */
export function rejectNotFinite(...rejection: Rejection): never {
  throw Object.assign(rejected(...rejection), { name });
}

const name = 'NotFiniteError';

/** Compares names, because another copy of this package may have thrown the error. */
export const isNotFinite = (error: unknown): boolean =>
  (error as Error | null | undefined)?.name === name;

function rejected(...[where, argument, expected, received]: Rejection): Error {
  if (isPromise(received)) {
    // If the promise fails later, its error would end the process.
    received.then(undefined, () => undefined);
  }
  return new Error(
    `${where}: expected \`${argument}\` ${expected}. Received: ${describe(received)}.`,
  );
}
