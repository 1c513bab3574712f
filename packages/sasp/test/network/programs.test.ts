import * as tf from '@tensorflow/tfjs-core';
import type { WithPullback } from '@toploss/core/kit';
import {
  decided,
  expectClose,
  type GoldenTensor,
  hasPrograms,
  normal,
  readTogether,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { activations } from '../../src/layers/activations.js';
import { traceOfOperations } from '../../src/layers/formula.js';
import { traceByPrograms } from '../../src/layers/program.js';
import { slopeTextOf } from '../../src/layers/slope-text.js';
import type { Hidden, Stack } from '../../src/layers/stack.js';
import { meanSquareByPrograms } from '../../src/trace/mean-square-program.js';
import { quadraticOfOperations } from '../../src/trace/quadratic.js';
import { quadraticByPrograms } from '../../src/trace/quadratic-program.js';
import { ratioOfOperations } from '../../src/trace/ratio.js';
import { ratioByPrograms } from '../../src/trace/ratio-program.js';

const heads = ['softmax', 'sigmoid', 'linear'] as const;

/** Value and gradients for dy = 2 against those of the operations. */
async function expectEqual(
  programs: () => WithPullback | undefined,
  { value, grads }: { value: tf.Scalar; grads: tf.Tensor[] },
  tolerance = 1e-4,
) {
  const found = await decided(() => programs());
  const made = found.pullback(tf.scalar(2), found.saved).map((grad) => tf.div(grad, 2));
  expect(made.map(({ shape }) => shape)).toEqual(grads.map(({ shape }) => shape));
  const read = readTogether([found.value, value, ...made, ...grads]) as GoldenTensor[];
  expectClose(read[0] as GoldenTensor, read[1] as GoldenTensor, tolerance);
  for (const [k] of grads.entries()) {
    const [own, expected] = [read[2 + k], read[2 + grads.length + k]];
    expectClose(own as GoldenTensor, expected as GoldenTensor, tolerance, 1e-8);
  }
}

/** One class of one row; and further shapes, in which programs find the rows of each head in the same way. */
const shapesOf = (head: (typeof heads)[number]) =>
  [[1, 1], [2, 3, 5], ...(head === 'softmax' ? [[7, 3], [300, 10]] : [])].map((shape) => [shape]); // biome-ignore format: one line

describe.runIf(hasPrograms).each(heads)('head %s', (head) => {
  const shapes = shapesOf(head);
  test.each(shapes)('the quadratic form of %j', async (shape) => {
    const [z, moved] = [normal(shape, 1, 2), normal(shape, 2, 2)];
    for (const sigma of [1, 0.25]) {
      await expectEqual(
        () => quadraticByPrograms(head, z, moved, sigma),
        quadraticOfOperations(head, z, moved, sigma),
      );
    }
  });

  test.each(shapes)('the ratio of %j, with a mask and without', async (shape) => {
    const z = normal(shape, 1, 2);
    const rows = shape.slice(0, -1);
    const counts = tf.greater(normal(rows, 5), 0); // more than one: of one row alone, γ is 0
    const shown = tf.where(tf.expandDims(counts, -1), z, tf.zerosLike(z));
    const T = tf.scalar(0.3);
    for (const predictions of [
      { head, logits: z, counts: undefined },
      { head, logits: shown, counts },
    ]) {
      await expectEqual(() => ratioByPrograms(predictions, T), ratioOfOperations(predictions, T));
    }
  });

  test('logits 20 apart, and masked classes', async () => {
    const far = tf.tensor2d([
      [20, 0, 1],
      [0, 20, -20],
      [1, 2, 3],
    ]);
    const moved = tf.add(far, tf.mul(0.01, normal([3, 3], 4)));
    await expectEqual(
      () => quadraticByPrograms(head, far, moved, 0.01),
      quadraticOfOperations(head, far, moved, 0.01),
      1e-3,
    );
    if (head === 'softmax') {
      const masked = (x: tf.Tensor) => tf.concat([x, tf.fill([3, 1], -Infinity)], 1);
      const predictions = { head, logits: masked(far), counts: undefined };
      const T = tf.scalar(2);
      await expectEqual(
        () => ratioByPrograms(predictions, T),
        ratioOfOperations(predictions, T),
        1e-3,
      );
      await expectEqual(
        () => quadraticByPrograms(head, masked(far), masked(moved), 0.01),
        quadraticOfOperations(head, masked(far), masked(moved), 0.01),
        1e-3,
      );
    }
  });
});

type BuiltIn = 'linear' | 'relu' | 'relu6' | 'leakyRelu' | 'elu' | 'tanh' | 'sigmoid';

/** 3 hidden layers at most, of odd widths. */
function stackOf(of: Partial<Stack> & { widths: number[]; activation: BuiltIn; drops?: boolean }) {
  const { widths, activation: name, drops = false, scale = 'absolute', ...rest } = of;
  const includeBias = scale === 'absolute';
  const [B, C] = [7, widths.at(-1) as number];
  const hidden = widths.slice(0, -1).map((width, l): Hidden => {
    const dropout = tf.mul(1.25, tf.cast(tf.greater(normal([B, width], 20 + l), -0.5), 'float32'));
    const activation = activations[name];
    const [least, most] = activation.range;
    const output = tf.clipByValue(
      normal([B, width], 1 + l),
      Math.max(least, -9),
      Math.min(most, 9),
    );
    return {
      // Rows that do not count come as 0.
      input: tf.mul(drops ? tf.mul(output, dropout) : output, rest.counts ?? 1) as tf.Tensor2D,
      dropout: drops ? dropout : undefined,
      ...{ activation, includeBias },
      kernel: normal([width, widths[l + 1] as number], 9 + l) as tf.Tensor2D,
    };
  });
  const stack: Stack = {
    ...{ head: 'softmax', hidden, scale },
    logits: normal([B, C], 30, 2) as tf.Tensor2D,
    xi: tf.sign(normal([B, C], 31)),
    first: {
      input: normal([B, 3], 32) as tf.Tensor2D,
      kernel: normal([3, widths[0] as number], 33) as tf.Tensor2D,
      includeBias,
    },
    ...rest,
  };
  return stack;
}

async function expectSameTrace(stack: Stack) {
  const first = tf.abs(normal([7, 1], 40));
  const { value, saved, pullback } = traceOfOperations(stack, first);
  const grads = pullback(tf.scalar(1), saved);
  await expectEqual(() => traceByPrograms(stack, first), { value, grads });
}

const names = Object.keys(activations) as (keyof typeof activations)[];
const builtIn = names.filter((name) => slopeTextOf(activations[name])) as BuiltIn[];

describe.runIf(hasPrograms)('the trace of a stack', () => {
  test.each(builtIn)('%s', async (activation) => {
    await expectSameTrace(stackOf({ widths: [5, 6, 3], activation }));
    await expectSameTrace(stackOf({ widths: [5, 3], activation, drops: true }));
  });

  test.each(heads)(
    'head %s, of each depth, in both units, with rows that do not count',
    async (head) => {
      const counts = tf.tensor2d([1, 0, 1, 1, 0, 1, 1], [7, 1]);
      for (const widths of [
        [5, 1],
        [4, 9, 6, 4],
      ]) {
        await expectSameTrace(stackOf({ widths, activation: 'tanh', head }));
        await expectSameTrace(
          stackOf({ widths, activation: 'tanh', head, scale: 'relative', counts }),
        );
      }
    },
  );
});

test.runIf(hasPrograms).each([[[1]], [[5, 7]], [[3, 3, 4, 5]], [[64, 256]], [[256, 256]]])(
  'the mean square of %j',
  async (shape) => {
    const kernel = normal(shape as number[], 1);
    const made = await decided(() => meanSquareByPrograms(kernel));
    expectClose(made, tf.mean(tf.square(kernel)), 1e-5);
  },
);

test.runIf(!hasPrograms)('no programs on cpu and wasm', () => {
  const z = normal([3, 2], 1);
  expect(quadraticByPrograms('softmax', z, z, 1)).toBeUndefined();
  const predictions = { head: 'softmax', logits: z, counts: undefined } as const;
  expect(ratioByPrograms(predictions, tf.scalar(1))).toBeUndefined();
  expect(meanSquareByPrograms(z)).toBeUndefined();
  const stack = stackOf({ widths: [2, 3], activation: 'relu' });
  expect(traceByPrograms(stack, tf.ones([7, 1]))).toBeUndefined();
});
