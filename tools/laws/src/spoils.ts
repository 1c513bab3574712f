import * as tf from '@tensorflow/tfjs-core';
import { entriesOf, isTensor } from '@toploss/testing/recipes';
import { plant } from './replacements.js';

/** What becomes of a tensor that was right. */
const spoiledTensors: Record<string, (x: tf.Tensor) => unknown> = {
  disposed: (x) => {
    const own = tf.clone(x);
    own.dispose();
    return own;
  },
  'with a NaN': (x) => withEntry(x, Number.NaN),
  'with an ∞': (x) => withEntry(x, Number.POSITIVE_INFINITY),
  'with a −1': (x) => withEntry(x, -1),
  'with a 99': (x) => withEntry(x, 99),
  'with 3e38': (x) => withEntry(x, 3e38),
  'of one more dimension': (x) => tf.expandDims(x, 0),
  flattened: (x) => tf.reshape(x, [-1]),
  'cut to nothing': (x) => (x.rank === 0 ? tf.zeros([0]) : tf.slice(x, 0, 0)),
  'of one row less': (x) =>
    x.rank === 0 || x.size === 0 ? tf.zeros([0]) : tf.slice(x, 0, (x.shape[0] as number) - 1),
  'twice itself': (x) => (x.rank === 0 ? tf.stack([x, x]) : tf.concat([x, x], 0)),
  transposed: (x) => tf.transpose(x),
  'as int32': (x) => tf.cast(x, 'int32'),
  'as float32': (x) => tf.cast(x, 'float32'),
  'as bool': (x) => tf.cast(x, 'bool'),
  'as strings': (x) => tf.tensor(Array(x.size).fill('a'), x.shape, 'string'),
  'as complex64': (x) => tf.complex(tf.cast(x, 'float32'), tf.zeros(x.shape)),
  zeros: (x) => tf.zerosLike(x),
  'as its values': (x) => x.arraySync(),
  'as its buffer': (x) => x.bufferSync(),
  'as a promise': async (x) => x,
};

function withEntry(x: tf.Tensor, entry: number): tf.Tensor {
  const values = Array.from(x.dataSync());
  if (values.length > 0) {
    values[0] = entry;
  }
  return tf.tensor(values, x.shape, x.dtype);
}

/** What becomes of an array or an object that was right. */
const spoiledObjects: Record<string, (x: object) => unknown> = {
  'with a key too many': (x) => with_(x, { lamda: 1 }),
  'with toString as a key': (x) => with_(x, { toString: 1 }),
  'without its first key': (x) => withoutFirst(x),
  'without everything': (x) => (Array.isArray(x) ? [] : {}),
  'with a hole': (x) =>
    Array.isArray(x) ? Object.assign(new Array(x.length + 1), x) : with_(x, { '': undefined }),
  'with its first entry twice': (x) =>
    Array.isArray(x) ? [x[0], ...x] : with_(x, { copy: Object.values(x)[0] }),
  reversed: (x) =>
    Array.isArray(x) ? [...x].reverse() : Object.fromEntries(Object.entries(x).reverse()),
  frozen: (x) => Object.freeze(Array.isArray(x) ? [...x] : { ...x }),
  'without a prototype': (x) => Object.assign(Object.create(null), x),
  inherited: (x) => Object.create(x),
  'behind a proxy': (x) => new Proxy(x, {}),
  'that throws when its first key is read': (x) => throwing(x),
  'as its entries': (x) => Object.entries(x),
  'as a Map': (x) => new Map(Object.entries(x)),
};

const with_ = (x: object, more: object): object =>
  Array.isArray(x) ? Object.assign([...x], more) : { ...x, ...more };

function withoutFirst(x: object): object {
  if (Array.isArray(x)) {
    return x.slice(1);
  }
  const [, ...rest] = Object.entries(x);
  return Object.fromEntries(rest);
}

function throwing(x: object): object {
  const copy = Array.isArray(x) ? [...x] : { ...x };
  const [key = '0'] = Object.keys(x);
  return Object.defineProperty(copy, key, { get: plant, enumerable: true, configurable: true });
}

/** What becomes of a function that was right. */
const spoiledFunctions: Record<string, (f: (...args: unknown[]) => unknown) => unknown> = {
  'that throws afterwards':
    (f) =>
    (...args: unknown[]) => {
      f(...args);
      return plant();
    },
  'that throws the second time': (f) => {
    let count = 0;
    return (...args: unknown[]) => {
      count += 1;
      return count > 1 ? plant() : f(...args);
    };
  },
  'that returns a promise':
    (f) =>
    async (...args: unknown[]) =>
      f(...args),
  'that returns an array of it':
    (f) =>
    (...args: unknown[]) => [f(...args)],
  'that returns one dimension more':
    (f) =>
    (...args: unknown[]) => {
      const x = f(...args);
      return isTensor(x) ? tf.expandDims(x, 0) : x;
    },
  'that returns int32':
    (f) =>
    (...args: unknown[]) => {
      const x = f(...args);
      return isTensor(x) ? tf.cast(x, 'int32') : x;
    },
  'that returns a tensor of before': (f) => {
    const other = tf.ones([2, 2]);
    return (...args: unknown[]) => (isTensor(f(...args)) ? other : undefined);
  },
};

export type Spoil = (x: unknown) => unknown;
export const spoilsOf = (x: unknown): [string, Spoil][] => {
  const own = isTensor(x)
    ? spoiledTensors
    : typeof x === 'function'
      ? spoiledFunctions
      : entriesOf(x).length > 0
        ? spoiledObjects
        : {};
  return Object.entries(own) as unknown as [string, Spoil][];
};
