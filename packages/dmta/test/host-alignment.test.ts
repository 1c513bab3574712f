import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectEachClose, normal } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { alignmentOfOperations } from '../src/formula.js';
import { hostAlignment, type Pieces } from '../src/loop.js';

const host = (g: Pieces, slow: Pieces) =>
  hostAlignment(g, slow) ?? expect.unreachable('on a device');

test('by hand: at 45°', () => {
  // g = [2, 0], m̄ = [1, 1]: 1 − cos = 1 − √½, across = ⟨ĝ,m̂⟩ĝ − m̂ = [√½ − √½, −√½]
  const { value, across, length } = host([tf.tensor1d([2, 0])], [tf.tensor1d([1, 1])]);
  expectEachClose(value, [1 - Math.SQRT1_2]);
  expectEachClose(across[0] as tf.Tensor, [0, -Math.SQRT1_2], 1e-6, 1e-7);
  expectEachClose(length, [2]);
});

test('by hand: nearly parallel, to the last digit', () => {
  // 1 − cos ε = ε²/2 of ε = 1e-8, which 1 minus a cosine would lose
  const { value } = host([tf.tensor1d([1, 0])], [tf.tensor1d([1, 1e-8])]);
  expectEachClose(value, [5e-17], 1e-5);
});

describe('the loops and the operations are equal', () => {
  const g = [normal([3, 4], 1), normal([5], 2)];
  const other = [normal([3, 4], 3), normal([5], 4)];
  const mixed = (along: number, across: number) =>
    g.map((x, k) => tf.add(tf.mul(along, x), tf.mul(across, other[k] as tf.Tensor)));

  test.each([
    ['any two', 0, 1],
    ['nearly parallel', 1, 1e-3],
    ['nearly opposed', -1, 1e-3],
    ['opposed', -3, 0],
    ['small', 0, 1e-15],
    ['large', 0, 1e15],
  ])('%s', (_, along, across) => {
    const slow = mixed(along, across);
    const [loops, operations] = [host(g, slow), alignmentOfOperations(g, slow)];
    expectClose(loops.value, operations.value, 1e-4);
    expectClose(loops.length, operations.length);
    for (const [k, piece] of loops.across.entries()) {
      expectClose(piece, operations.across[k] as tf.Tensor, 1e-4, 1e-6);
    }
  });

  test.each([0, 1e-39])('a slow average of %d has no direction', (scale) => {
    const { value, across } = host(g, mixed(scale, 0));
    expectEachClose(value, [1]);
    expect(across.flatMap((piece) => [...piece.dataSync()]).every((x) => x === 0)).toBe(true);
  });
});

test('opposed to the last bit: for the operations nothing is across', () => {
  // m̄ = −2g: m̂ + ĝ = 0, where m̂ − ĝ would leave its rounding
  const g = normal([3, 4], 1);
  const { value, across } = alignmentOfOperations([g], [tf.mul(-2, g)]);
  expectEachClose(value, [2]);
  expectEachClose(across[0] as tf.Tensor, tf.zerosLike(g));
});

test('what is not a number stays visible', () => {
  expect(host([tf.tensor1d([Number.NaN, 1])], [tf.ones([2])]).value.dataSync()[0]).toBeNaN();
});
