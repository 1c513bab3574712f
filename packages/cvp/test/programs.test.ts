import * as tf from '@tensorflow/tfjs-core';
import { addAll, byPrograms } from '@toploss/core/kit';
import {
  decided,
  expectClose,
  expectEachClose,
  type GoldenTensor,
  hasPrograms,
  normal,
  readTogether,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { decayOperations } from '../src/formula.js';
import type { Decaying, DecayOptions } from '../src/loop.js';
import { decaysByPrograms, isForPrograms } from '../src/program.js';

const shapes = [[7, 9], [6, 4], [5], [], [1, 1], [3, 3, 2, 5], [40, 70], [1, 300], [300, 1]];

const piecesOf = (scale: number, isAdded: boolean): Decaying[] =>
  shapes.map((shape, k) => ({
    theta: normal(shape, 3 * k + 1, 0.1),
    u: tf.mul(scale, normal(shape, 3 * k + 2, 1e-3)),
    ...(isAdded && { to: normal(shape, 3 * k + 3) }),
  }));

async function expectAsByOperations(pieces: readonly Decaying[], options: DecayOptions) {
  const programs = await decided(() =>
    byPrograms('cvp.decay', () => {
      const { sums, value } = decaysByPrograms(pieces, options);
      return [...sums, value(3)] as tf.Tensor[];
    }),
  );
  const operations = pieces.map((piece) => decayOperations(piece, undefined, options));
  const value = tf.mul(3, addAll(operations.map((decayed) => decayed.value() as tf.Scalar)));
  const all = readTogether([...programs, ...operations.map(({ sum }) => sum as tf.Tensor), value]);
  const [made, expected] = [all.slice(0, programs.length), all.slice(programs.length)];
  for (const [k] of pieces.entries()) {
    expectEachClose(made[k] as GoldenTensor, expected[k] as GoldenTensor, 1e-4, 1e-6);
  }
  expectClose(made.at(-1) as GoldenTensor, expected.at(-1) as GoldenTensor, 1e-5);
}

test('rows that are too long for a thread, and empty tensors', () => {
  const of = (shape: number[]) => [{ theta: tf.zeros(shape), u: tf.zeros(shape) }];
  expect([[4096], [4097], [3, 0], [2, 2]].map((shape) => isForPrograms(of(shape)))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

describe.runIf(hasPrograms)('programs are equal to operations', () => {
  const options: DecayOptions[] = (['cautious', 'expansion'] as const).flatMap((gate) =>
    (['rms', 'none'] as const).flatMap((normalize) =>
      [0.5, 50, 1e6, Number.POSITIVE_INFINITY].map((beta) => ({ gate, normalize, beta })),
    ),
  );
  test.each(options)('%o', async (options) => {
    await expectAsByOperations(piecesOf(1, true), { ...options, factor: 0.3 });
  });

  test('without a target, and closed at rest', async () => {
    await expectAsByOperations(piecesOf(1, false), {});
    const some = piecesOf(1, true).map((piece) => ({ ...piece, u: tf.relu(piece.u) }));
    for (const beta of [50, Number.POSITIVE_INFINITY]) {
      await expectAsByOperations(some, { beta, factor: -2, isClosedAtRest: true });
    }
  });

  test.each([0, 1e-30, 1e-20, 1e20, 1e30])('steps times %d', async (scale) => {
    await expectAsByOperations(piecesOf(scale, true), {});
  });
});
