import * as tf from '@tensorflow/tfjs-core';
import {
  blocksOf,
  byPrograms,
  expm1,
  expm1Text,
  launch,
  log1p,
  log1pText,
  meanOfRows,
  type Program,
  sumsText,
} from '@toploss/core/kit';
import { decided, expectClose, expectEachClose, hasPrograms, valuesOf } from '@toploss/testing';
import { expect, test } from 'vitest';

test('a tensor as blocks of matrices', () => {
  expect(blocksOf([])).toEqual([1, 1, 1]);
  expect(blocksOf([5])).toEqual([1, 1, 5]);
  expect(blocksOf([3, 5])).toEqual([1, 3, 5]);
  expect(blocksOf([2, 7, 3, 5])).toEqual([14, 3, 5]);
});

test.runIf(!hasPrograms)('no programs on cpu and wasm', () => {
  expect(byPrograms('test.none', () => tf.scalar(1))).toBeUndefined();
});

/** c + Σₖ xᵢₖ, where y > 0, and y elsewhere. */
const sumOfRow = (x: tf.Tensor, y: tf.Tensor, c: number): Program => ({
  inputs: { x, y },
  numbers: { c },
  shape: y.shape,
  entry: `
    float sum = c;
    for (int k = 0; k < ${x.shape.at(-1) ?? 1}; k++) {
      sum += x(b, i, k);
    }
    return select(y(b, i, j), sum, y(b, i, j) > float(0));`,
});

const range = (shape: number[]) => {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.reshape(tf.sub(tf.range(0, size), 2), shape);
};

const shapes = [[], [1], [5], [1, 1], [3, 5], [4, 6], [2, 3, 5], [2, 1, 3, 4]];

test.runIf(hasPrograms).each(shapes.map((shape) => [shape]))(
  '%j as by operations',
  async (shape) => {
    const [x, y] = [range(shape), range(shape)];
    const sums = shape.length === 0 ? x : tf.broadcastTo(tf.sum(x, -1, true), shape);
    for (const c of [1, -7]) {
      const made = await decided(() =>
        byPrograms('test.sumOfRow', () => launch(sumOfRow(x, y, c))),
      );
      expect(made.shape).toEqual(shape);
      expectClose(tf.add(made, 1), tf.add(tf.where(tf.greater(y, 0), tf.add(sums, c), y), 1), 1e-6);
    }
  },
);

test.runIf(hasPrograms)('integers, truth values, and tensors of other shapes', async () => {
  const labels = tf.tensor1d([2, 0, 1], 'int32');
  const isOn = tf.tensor1d([true, false, true], 'bool');
  const program: Program = {
    inputs: { labels, isOn },
    shape: [3, 4],
    entry: `return isOn(0, 0, i) * select(0., 1., int(labels(0, 0, i)) == j);`,
  };
  const made = await decided(() => byPrograms('test.oneHot', () => launch(program)));
  expectClose(
    made,
    tf.tensor2d([
      [0, 0, 1, 0],
      [0, 0, 0, 0],
      [0, 1, 0, 0],
    ]),
    0,
  );
});

test.runIf(hasPrograms)('inputs and numbers that the program does not read', async () => {
  const [x, y] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([4, 5])];
  const entry = 'return 3. * x(b, i, j);';
  for (const numbers of [{ c: 1 }, {}, { c: 2, d: 3 }]) {
    const program: Program = { inputs: { y, x }, numbers, shape: [3], entry };
    expectClose(await decided(() => byPrograms('test.read', () => launch(program))), [3, 6, 9], 0);
  }
});

test.runIf(hasPrograms)('log(1 + x) and e^x − 1 as by operations', async () => {
  const x = tf.tensor1d([0, 1e-30, -1e-7, 3e-4, -0.01, 0.2, 0.25, -0.25, 0.2501, -0.49, 1, 7.5]);
  const [logs, powers] = await decided(() =>
    byPrograms('test.nearZero', () =>
      [log1pText, expm1Text].map((text) => {
        const entry = `float x = given(b, i, j); ${text('y', 'x')} return y;`;
        return launch({ inputs: { given: x }, shape: x.shape, entry });
      }),
    ),
  );
  expectEachClose(logs as tf.Tensor, log1p(x), 1e-6);
  expectEachClose(powers as tf.Tensor, expm1(x), 1e-6);
});

test.runIf(hasPrograms)('sums in loops in one another', async () => {
  const x = range([2, 3, 4]);
  const sums = sumsText(
    { k: 2, r: 3, c: 4 },
    { sum: 'y', squares: 'y * y' },
    'float y = x(k, r, c);',
  );
  const entry = `${sums} return select(sum, squares, j == 1);`;
  const program = { inputs: { x }, shape: [2], entry };
  const made = await decided(() => byPrograms('test.sums', () => launch(program)));
  expectClose(made, tf.stack([tf.sum(x), tf.sum(tf.square(x))]), 1e-6);
});

test.runIf(hasPrograms).each([[5], [300], [2, 3]])(
  'the mean over the rows of %j',
  async (...shape) => {
    const term = range([...shape, 1]);
    const odd = tf.cast(tf.notEqual(tf.mod(term, 2), 0), 'float32');
    const counting = { rows: tf.concat([term, odd], -1), columns: ['term', 'counts'] };
    for (const [of, total] of [
      [{ rows: term, columns: ['term'] }, term.size],
      [{ ...counting, rows: tf.mul(counting.rows, odd) }, valuesOf(tf.sum(odd))[0] as number],
      [{ ...counting, rows: tf.zerosLike(counting.rows) }, 1],
    ] as const) {
      const program = () => meanOfRows({ ...of, term: '3. * term', total });
      const { value } = await decided(() => byPrograms('test.meanOfRows', program));
      const terms = tf.slice(of.rows, shape.map(() => 0).concat(0), [...shape, 1]);
      expectClose(value, tf.div(tf.mul(3, tf.sum(terms)), total), 1e-6);
    }
  },
);

test.runIf(hasPrograms)(
  'a program that does not compile is not run, and harms no other',
  async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const wrong: Program = { inputs: { x }, shape: [3], entry: 'return nothing(b, i, j);' };
    const right: Program = { inputs: { x }, shape: [3], entry: 'return 2. * x(b, i, j);' };
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = tf.mul(x, 2);
      expect(byPrograms('test.wrong', () => launch(wrong))).toBeUndefined();
      expectClose(before, [2, 4, 6], 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expectClose(await decided(() => byPrograms('test.right', () => launch(right))), [2, 4, 6], 0);
  },
);

test.runIf(hasPrograms)('the first call decides for the programs of a pullback, too', async () => {
  const x = tf.tensor1d([1, 2, 3]);
  const times = (entry: string) => launch({ inputs: { x }, shape: [3], entry });
  let pullbacks = 0;
  const formula = (name: string, entry: string) =>
    byPrograms(name, () => ({
      value: tf.scalar(1),
      saved: [x],
      pullback: () => {
        pullbacks += 1;
        return [times(entry)];
      },
    }));
  const found = await decided(() => formula('test.pulledBack', 'return 2. * x(b, i, j);'));
  expect(pullbacks).toBe(1);
  expectClose(found.pullback()[0] as tf.Tensor, [2, 4, 6], 0);
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(formula('test.wrongPullback', 'return nothing(b, i, j);')).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test.runIf(hasPrograms)('formulas in formulas', async () => {
  const times = (factor: number, x: tf.Tensor): Program => ({
    inputs: { x },
    shape: x.shape,
    entry: `return ${factor}. * x(b, i, j);`,
  });
  const twice = (x: tf.Tensor) =>
    byPrograms('test.twice', () => launch(times(2, x))) ?? tf.mul(x, 2);
  const x = tf.tensor1d([1, 2, 3]);
  const made = await decided(() => byPrograms('test.sixfold', () => launch(times(3, twice(x)))));
  expectClose(made, [6, 12, 18], 0);
});
