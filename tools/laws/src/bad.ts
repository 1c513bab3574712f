import * as tf from '@tensorflow/tfjs-core';
import { entriesOf, isTensor, Planted } from '@toploss/testing/recipes';

/** What nobody should pass, and everybody does one day. */
type Bad = () => unknown;

const plant = (): never => {
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
const replacements = {
  ...primitives,
  ...objects,
  ...hostile,
  ...functions,
  ...tensors,
};

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

type Spoil = (x: unknown) => unknown;
const spoilsOf = (x: unknown): [string, Spoil][] => {
  const own = isTensor(x)
    ? spoiledTensors
    : typeof x === 'function'
      ? spoiledFunctions
      : entriesOf(x).length > 0
        ? spoiledObjects
        : {};
  return Object.entries(own) as unknown as [string, Spoil][];
};

/** One thing that is wrong: where, and what with it. */
export interface Spoiled {
  readonly args: unknown[];
  /** In words. */
  readonly what: string;
}

/**
 * The arguments with something in them spoiled, or replaced, or all of it right but for being of another kind.
 *
 * @param at Which of the values in the arguments, at any depth, counted around.
 * @param how Which of the things that can happen to it, counted around.
 */
export function spoiled(args: unknown[], at: number, how: number): Spoiled {
  const places = placesIn(args);
  const [path, value] = places[at % places.length] as Place;
  const ways: [string, Spoil][] = [
    ...spoilsOf(value),
    ...Object.entries(replacements).map(([name, make]): [string, Spoil] => [name, () => make()]),
  ];
  // Half of the time something that becomes this value, and not any.
  const own = spoilsOf(value).length;
  const way = how % 2 === 0 && own > 0 ? (how >> 1) % own : (how >> 1) % ways.length;
  const [name, spoil] = ways[way] as [string, Spoil];
  return {
    args: replaced(args, path, spoil(value)) as unknown[],
    what: `${path.join('.') || 'arguments'}: ${name}`,
  };
}

type Place = [path: string[], value: unknown];

function placesIn(x: unknown, path: string[] = []): Place[] {
  const below = entriesOf(x).flatMap(([key, value]) => placesIn(value, [...path, key]));
  return path.length === 0 ? below : [[path, x], ...below];
}

/** x with another value at the path, and nothing changed in place. */
function replaced(x: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) {
    return value;
  }
  const below = (x as Record<string, unknown>)[key];
  const copy = Array.isArray(x) ? [...x] : { ...(x as object) };
  return Object.assign(copy, { [key]: replaced(below, rest, value) });
}
