import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import {
  decided,
  expectClose,
  expectNoLeak,
  hasPrograms,
  normal,
  readTogether,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { meanOfOperations } from '../src/formula.js';
import { liveOf, type Mask } from '../src/inputs.js';
import { movedByOperations, readByOperations } from '../src/noise.js';
import { movedByPrograms, readByPrograms } from '../src/noise-program.js';
import { type Divergent, type MeanDivergence, meanByPrograms } from '../src/program.js';

const heads: readonly Head[] = ['softmax', 'sigmoid', 'linear'];
const ways = heads.flatMap((head) => [
  { head, symmetric: true },
  { head, symmetric: false },
]);

type Way = (typeof ways)[number];

const valuesOf = ({ value, grads }: MeanDivergence) => readTogether([value, ...grads]);

/** The programs against the operations: Φ, and its gradients relative to their largest entry. */
async function expectEqual(
  clean: tf.Tensor,
  noisy: tf.Tensor,
  way: Way & Pick<Partial<Divergent>, 'mask' | 'reduction'>,
  tolerance = 2e-5,
) {
  const of = { mask: undefined, reduction: undefined, ...way, clean, noisy };
  const programs = valuesOf(await decided(() => meanByPrograms(of)));
  const operations = valuesOf(meanOfOperations(of));
  for (const [k, { shape, data }] of operations.entries()) {
    expect(programs[k]?.shape).toEqual(shape);
    const [made, expected] = [programs[k]?.data as number[], data as number[]];
    const notFinite = (values: number[]) => values.map((x) => (Number.isFinite(x) ? 0 : x));
    expect(notFinite(made)).toEqual(notFinite(expected));
    const finite = (values: number[]) => values.filter(Number.isFinite);
    expectClose([0, ...finite(made)], [0, ...finite(expected)], tolerance, 1e-12);
  }
}

const moved = (z: tf.Tensor, by: number) => tf.add(z, normal(z.shape, 2, by));
const { NaN: nan, NEGATIVE_INFINITY: masked } = Number;

/** The operations of labels add a dimension, and `tf.where` has four. */
const fitting = ({ head }: Way, ...shapes: number[][]) =>
  shapes.filter(({ length }) => head !== 'sigmoid' || length < 4);

describe.runIf(hasPrograms).each(ways)('the programs are as the operations: %o', (way) => {
  test('one logit of one row', () => {
    const z = normal([1, 1], 1, 3);
    return expectEqual(z, moved(z, 1), way);
  });
  test.each([1e-6, 1e-4, 1e-2, 10, 100])('apart by %d', (distance) => {
    const z = normal([3, 4, 5], 1, 3);
    return expectEqual(z, moved(z, distance), way);
  });
  test.each([20, 40, 80])('a margin of %d', (margin) => {
    const z = tf.tensor2d([[margin, 0, 1], [-margin, 0, margin]]); // biome-ignore format: a row in each
    return expectEqual(z, moved(z, 0.3), way);
  });
  test('600 rows', () => {
    const z = normal([600, 3], 1, 3);
    return expectEqual(z, moved(z, 1), way);
  });
  test('the mean over the batch', () => {
    const z = normal([3, 4, 5], 1, 3);
    return expectEqual(z, moved(z, 1), { ...way, reduction: 'batch' });
  });
  test('NaN spreads over its row', () => {
    const z = tf.tensor2d([[1, 2, 3], [1, 2, 4]]); // biome-ignore format: a row in each
    const zHat = tf.tensor2d([[nan, 2, 3], [1, 2, 5]]); // biome-ignore format: a row in each
    return expectEqual(z, zHat, way);
  });
  test('the same logits do not differ', async () => {
    const z = normal([3, 5], 1, 3);
    const of = { clean: z, noisy: tf.clone(z), mask: undefined, reduction: undefined, ...way };
    for (const { data } of valuesOf(await decided(() => meanByPrograms(of)))) {
      expect(new Set(Array.from(data as number[], Math.abs))).toEqual(new Set([0]));
    }
  });
});

// Programs find the rows, and what counts of them, in the same way whatever they compute from them. A device compiles each
// anew.
const one: Way[] = [{ head: 'softmax', symmetric: true }];
const some: Way[] = [...one, { head: 'sigmoid', symmetric: false }];

describe.runIf(hasPrograms).each(some)('logits of any shape: %o', (way) => {
  test.each(fitting(way, [3, 5], [4, 1], [2, 3, 4], [3, 2, 2, 5]).map((shape) => [shape]))(
    '%j',
    (shape) => {
      const z = normal(shape, 1, 3);
      return expectEqual(z, moved(z, 1), way);
    },
  );
  test('1500 rows', () => {
    const z = normal([1500, 3], 1, 3);
    return expectEqual(z, moved(z, 1), way);
  });
});

const bool = (mask: tf.Tensor) => liveOf(mask as Mask);
const perExample = tf.tensor1d([1, 0, 1]);
const perPosition = tf.tensor2d([[1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 1, 1]]); // biome-ignore format: a row in each

/** Entries that are live, and NaN in the padding. */
const hidden = (x: tf.Tensor, live: tf.Tensor, padding = nan) =>
  tf.where(
    tf.reshape(bool(live), [...live.shape, ...x.shape.slice(live.rank).fill(1)]),
    x,
    padding,
  );

describe.runIf(hasPrograms).each(ways)('padding, which may hold NaN, for each head: %o', (way) => {
  test('of positions', () => {
    const z = normal([3, 4, 5], 1, 3);
    const [clean, noisy] = [hidden(z, perPosition), hidden(moved(z, 1), perPosition)];
    return expectEqual(clean, noisy, { ...way, mask: bool(perPosition), reduction: 'batch' });
  });
  test('of all', () => {
    const z = tf.fill([3, 5], nan);
    return expectEqual(z, z, { ...way, mask: bool(tf.zeros([3])) });
  });
});

describe.runIf(hasPrograms).each(one)('padding, which may hold NaN: %o', (way) => {
  const reductions = ['rows', 'batch'] as const;
  test.each(reductions)('of examples, in the mean over the %s', async (reduction) => {
    for (const shape of fitting(way, [3, 5], [3, 2, 4], [3, 4, 2, 5])) {
      const z = normal(shape, 1, 3);
      const [clean, noisy] = [hidden(z, perExample), hidden(moved(z, 1), perExample)];
      await expectEqual(clean, noisy, { ...way, mask: bool(perExample), reduction });
    }
  });
  test.each(reductions)('of positions, in the mean over the %s', async (reduction) => {
    for (const shape of fitting(way, [3, 4, 5], [3, 4, 2, 5])) {
      const z = normal(shape, 1, 3);
      const [clean, noisy] = [hidden(z, perPosition), hidden(moved(z, 1), perPosition)];
      await expectEqual(clean, noisy, { ...way, mask: bool(perPosition), reduction });
    }
  });
  test('of positions, whose logits have five dimensions', async () => {
    const z = normal([3, 4, 6, 2], 1, 3);
    const logits = [hidden(z, perPosition), hidden(moved(z, 1), perPosition)] as const;
    const ofShape = async (shape: number[]) => {
      const [clean, noisy] = logits.map((x) => tf.reshape(x, shape)) as [tf.Tensor, tf.Tensor];
      const of = { ...way, clean, noisy, mask: bool(perPosition), reduction: 'batch' } as const;
      return valuesOf(await decided(() => meanByPrograms(of))).map(({ data }) => data);
    };
    expect(await ofShape([3, 4, 2, 3, 2])).toEqual(await ofShape([3, 4, 6, 2]));
  });
  test('of positions that the logits do not have', () => {
    const z = normal([3, 5], 1, 3);
    const live = tf.tensor1d([1, 0, 1]);
    return expectEqual(hidden(z, live), hidden(moved(z, 1), live), {
      ...way,
      mask: bool(perPosition),
    });
  });
  test('of 700 rows', () => {
    const z = normal([7, 100, 3], 1, 3);
    const mask = bool(tf.greater(normal([7, 100], 3), 0));
    return expectEqual(hidden(z, mask), hidden(moved(z, 1), mask), { ...way, mask });
  });
});

describe.runIf(hasPrograms).each([true, false])(
  'classes that are masked by −∞, symmetric: %s',
  (symmetric) => {
    const way = { head: 'softmax', symmetric } as const;
    test('on both sides', () =>
      expectEqual(tf.tensor2d([[1, masked, 2]]), tf.tensor2d([[2, masked, 1]]), way));
    test('of the clean side, which the noisy one all but masks', () =>
      expectEqual(tf.tensor2d([[0, masked, 0]]), tf.tensor2d([[0, -1000, 0]]), way));
    test('of one side alone', async () => {
      const [all, one] = [tf.tensor2d([[0, 0, 0]]), tf.tensor2d([[0, masked, 0]])];
      await expectEqual(one, all, way);
      await expectEqual(all, one, way);
    });
  },
);

test.runIf(hasPrograms)('a step that leaves no tensors', async () => {
  const z = normal([3, 5], 1, 3);
  const of = { clean: z, noisy: moved(z, 1), mask: bool(perExample), reduction: 'batch' } as const;
  const call = () => meanByPrograms({ ...of, head: 'softmax', symmetric: true });
  await decided(call);
  expectNoLeak(() =>
    tf.tidy(() => {
      const { value, grads } = call() ?? expect.unreachable();
      return [value, ...grads];
    }),
  );
});

test.runIf(hasPrograms)('operations, where a thread would run too long', () => {
  const of = { head: 'softmax', symmetric: true, mask: undefined, reduction: undefined } as const;
  for (const z of [tf.zeros([1, 1025]), tf.zeros([4097, 1])]) {
    expect(meanByPrograms({ ...of, clean: z, noisy: z })).toBeUndefined();
  }
});

describe.runIf(hasPrograms)('noise under a mask', () => {
  const subjects: [tf.Tensor, tf.Tensor][] = [
    [normal([3, 5], 4), perExample],
    [normal([3, 4], 4), perPosition],
    [normal([3, 4, 5], 4), perExample],
    [normal([3, 4, 5], 4), perPosition],
    [normal([3, 4, 3, 2], 4), perPosition],
  ];
  test.each(subjects)('of embeddings %#', async (e, live) => {
    const mask = bool(live);
    const padded = hidden(e, mask);
    const noise = normal(e.shape, 5);
    const moved = await decided(() => movedByPrograms(padded, noise, 3, mask));
    expectClose(moved, movedByOperations(padded, noise, 3, mask), 1e-6);
    // A number in the padding has a gradient, and so has a NaN elsewhere; NaN and ∞ in the padding have none.
    const infinite = hidden(e, mask, Number.POSITIVE_INFINITY);
    for (const embeddings of [e, padded, infinite, tf.fill(e.shape, nan)]) {
      const gradient = await decided(() => readByPrograms(noise, embeddings, mask));
      expectClose(gradient, readByOperations(noise, embeddings, mask), 0);
    }
  });
});
