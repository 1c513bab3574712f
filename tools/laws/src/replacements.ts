import * as tf from '@tensorflow/tfjs-core';
import { Planted } from '@toploss/testing/recipes';

/** What nobody should pass, and everybody does one day. */
type Bad = () => unknown;

export const plant = (): never => {
  throw new Planted('planted');
};

/** Objects that throw when they are looked at. */
const hostile: Record<string, Bad> = {
  'a getter that throws': () =>
    Object.defineProperty({}, 'lambda', { get: plant, enumerable: true }),
  'a proxy that throws at everything': () =>
    new Proxy(
      {},
      {
        get: plant,
        has: plant,
        ownKeys: plant,
        getPrototypeOf: plant,
        getOwnPropertyDescriptor: plant,
      },
    ),
  'a proxy whose properties throw': () => new Proxy({}, { get: plant }),
  'a proxy with every property': () => new Proxy({}, { get: () => 1, has: () => true }),
  'an array with a getter that throws': () =>
    Object.defineProperty([1, 2], 0, { get: plant, enumerable: true }),
  'a number by valueOf': () => ({ valueOf: () => 1 }),
  'a string that throws': () => ({ toString: plant }),
};

const primitives: Record<string, Bad> = Object.fromEntries(
  [
    undefined,
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.5,
    1.5,
    3,
    1e-50,
    1e39,
    1e308,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    '',
    '1',
    'softmax',
    'constructor',
    '__proto__',
    10n,
  ].map((x) => [typeof x === 'string' ? JSON.stringify(x) : `${String(x)} (${typeof x})`, () => x]),
);

class Instance {
  readonly field = 1;
}

const objects: Record<string, Bad> = {
  'a symbol': () => Symbol('s'),
  '{}': () => ({}),
  '[]': () => [],
  '[1, 2]': () => [1, 2],
  '[null]': () => [null],
  '[NaN, 1]': () => [Number.NaN, 1],
  '[[1]]': () => [[1]],
  'a hole': () => new Array(2),
  '{ length: 2 }': () => ({ length: 2, 0: 1, 1: 2 }),
  '{ lamda: 1 }': () => ({ lamda: 1 }),
  'an object without a prototype': () => Object.create(null),
  'an instance': () => new Instance(),
  'a Map': () => new Map([['lambda', 1]]),
  'a Set': () => new Set([1]),
  'a Date': () => new Date(0),
  'a RegExp': () => /x/,
  'a Promise': () => Promise.resolve(1),
  'a Float32Array': () => new Float32Array(2),
  'an ArrayBuffer': () => new ArrayBuffer(8),
  'an Error': () => new Error('x'),
  'a shape without a tensor': () => ({ dataId: {}, shape: [2, 2], dtype: 'float32' }),
};

/** The tensor is made before, and so is not a leak. */
const returning = (x: tf.Tensor) => () => x;

const functions: Record<string, Bad> = {
  'a function that throws': () => plant,
  'one that throws a string': () => () => {
    throw new Planted('x');
  },
  'one that returns nothing': () => () => undefined,
  'one that returns null': () => () => null,
  'one that returns NaN': () => () => Number.NaN,
  'one that returns −1': () => () => -1,
  'one that returns a string': () => () => 'x',
  'one that returns {}': () => () => ({}),
  'one that returns []': () => () => [],
  'one that returns a scalar': () => returning(tf.scalar(1)),
  'one that returns a matrix': () => returning(tf.ones([2, 3])),
  'one that returns what it is given': () => (x: unknown) => x,
  'one that returns a disposed tensor': () => {
    const x = tf.scalar(1);
    x.dispose();
    return returning(x);
  },
  'an async one': () => async () => 1,
  'a generator': () =>
    function* () {
      yield 1;
    },
};

const tensors: Record<string, Bad> = {
  'a scalar': () => tf.scalar(2),
  'a tensor [0]': () => tf.zeros([0]),
  'a tensor [0, 3]': () => tf.zeros([0, 3]),
  'a tensor [2, 0]': () => tf.zeros([2, 0]),
  'a tensor [1]': () => tf.ones([1]),
  'a tensor [2]': () => tf.tensor1d([1, 2]),
  'a tensor [2, 3]': () => tf.ones([2, 3]),
  'a tensor [1, 1, 1, 1, 1]': () => tf.ones([1, 1, 1, 1, 1]),
  'int32 [2]': () => tf.tensor1d([7, -1], 'int32'),
  'bool [2]': () => tf.tensor1d([true, false], 'bool'),
  'string [2]': () => tf.tensor1d(['a', 'b'], 'string'),
  'complex64 [2]': () => tf.complex(tf.ones([2]), tf.ones([2])),
  'NaN [2, 2]': () => tf.fill([2, 2], Number.NaN),
  'a disposed tensor': () => {
    const x = tf.ones([2, 2]);
    x.dispose();
    return x;
  },
  'a variable': () => tf.variable(tf.ones([2, 2])),
  'a disposed variable': () => {
    const x = tf.variable(tf.ones([2, 2]));
    x.dispose();
    return x;
  },
};

/** Values that replace any other one. */
export const replacements: Record<string, Bad> = {
  ...primitives,
  ...objects,
  ...hostile,
  ...functions,
  ...tensors,
};
