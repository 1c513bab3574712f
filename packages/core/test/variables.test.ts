import * as tf from '@tensorflow/tfjs-core';
import { expectSame, expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { type Correction, trainStep } from '../src/index.js';

const optimizers = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adam: () => tf.train.adam(0.1, 0.9, 0.999, 1e-7),
  rmsprop: () => tf.train.rmsprop(0.05, 0.9, 0.5),
  centered: () => tf.train.rmsprop(0.05, 0.9, 0.5, 1e-3, true),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.5, 0.9, 1e-6),
  adamax: () => tf.train.adamax(0.1, 0.9, 0.999, 1e-7),
};
const makers = Object.entries(optimizers);

type Name = 'a' | 'b' | 'c';

/** Three variables of one shape, so that averages could swap unseen. */
function problem() {
  const [a, b, c] = [
    [1, -2],
    [3, 4],
    [-5, 6],
  ].map((row) => tf.variable(tf.tensor1d(row))) as [tf.Variable, tf.Variable, tf.Variable];
  const squares = (...of: tf.Variable[]): tf.Scalar =>
    of.reduce<tf.Scalar>(
      (sum, x, k) => tf.add(sum, tf.mul(k + 1, tf.sum(tf.square(x)))),
      tf.scalar(0),
    );
  const values = () => [a, b, c].map((x) => Array.from(x.dataSync()));
  return { a, b, c, squares, values };
}

/** The same steps by `trainStep` and by `minimize`, each a list of the variables that the loss reaches. */
function both(make: () => tf.Optimizer, order: string, steps: readonly string[]) {
  return (['ours', 'theirs'] as const).map((whose) => {
    const variables = problem();
    const of = (letters: string) => Array.from(letters, (name) => variables[name as Name]);
    const params = of(order);
    const optimizer = make();
    // The optimizer has averages from before, as one that was restored has.
    optimizer.minimize(() => variables.squares(...params), false, params);
    const step = trainStep({ optimizer, params, terms: [] });
    for (const reached of steps) {
      const loss = () => variables.squares(...of(reached));
      if (whose === 'ours') {
        tf.dispose(step(() => ({ loss: loss() })));
      } else {
        optimizer.minimize(loss, false, params);
      }
    }
    return variables.values();
  });
}

describe.each(makers)('as %s.minimize takes them, bit for bit', (_, make) => {
  test.each([
    ['in the order of the list', 'cab', ['abc', 'abc', 'abc']],
    ['a variable that is never reached', 'cab', ['bc', 'bc', 'bc']],
    ['variables that are reached in turn', 'bca', ['ab', 'c', 'abc', 'b', 'ca']],
  ] as const)('%s', (_, order, steps) => {
    const [ours, theirs] = both(make, order, steps);
    expect(ours).toEqual(theirs);
  });

  test('a frozen variable stays, and goes on when it trains again', () => {
    const [ours, theirs] = [problem(), problem()];
    const [x, y] = [make(), make()];
    const step = trainStep({ optimizer: x, params: [ours.b, ours.a], terms: [] });
    for (const isFrozen of [false, true, true, false]) {
      ours.b.trainable = theirs.b.trainable = !isFrozen;
      tf.dispose(step(() => ({ loss: ours.squares(ours.a, ours.b) })));
      y.minimize(() => theirs.squares(theirs.a, theirs.b), false, [theirs.b, theirs.a]);
      expect(ours.values()).toEqual(theirs.values());
    }
  });

  test('without a list each variable has the place of its first gradient', () => {
    const [ours, theirs] = [problem(), problem()];
    const [x, y] = [make(), make()];
    const step = trainStep({ optimizer: x, terms: [] });
    const steps = [
      ['b', 'b'],
      ['cb', 'bc'],
      ['ac', 'bca'],
      ['abc', 'bca'],
    ] as const;
    for (const [reached, places] of steps) {
      const of = (variables: typeof ours, letters: string) =>
        Array.from(letters, (name) => variables[name as Name]);
      tf.dispose(step(() => ({ loss: ours.squares(...of(ours, reached)) })));
      y.minimize(() => theirs.squares(...of(theirs, reached)), false, of(theirs, places));
    }
    expect(ours.values()).toEqual(theirs.values());
  });
});

test('by hand: what the optimizer is given', () => {
  const { a, b, c, squares } = problem();
  const given: unknown[] = [];
  const applyGradients = (grads: unknown) => {
    given.push(
      (grads as { name: string; tensor?: tf.Tensor }[]).map(({ name, tensor }) => [
        name,
        tensor?.dataSync(),
      ]),
    );
  };
  const step = trainStep({ optimizer: { applyGradients }, params: [c, b, a], terms: [] });
  step(() => ({ loss: squares(a, c) }));
  // ∂(a² + 2c²) = 2a, 4c
  expect(given).toEqual([
    [
      [c.name, Float32Array.of(-20, 24)],
      [b.name, undefined],
      [a.name, Float32Array.of(2, -4)],
    ],
  ]);
});

test('terms are given the variables that the loss reaches, and no others', () => {
  const { a, b, c, squares } = problem();
  b.trainable = false;
  const seen: string[][] = [];
  const see = (...maps: object[]) => seen.push(...maps.map((map) => Object.keys(map)));
  const correction = {
    name: 'correction' as const,
    correct: (...[grads, params]: Parameters<Correction['correct']>) => {
      see(grads, params);
      return grads;
    },
    observe: (grads: tf.NamedTensorMap) => {
      see(grads);
    },
    getState: () => null,
    setState: () => undefined,
    dispose: () => undefined,
  };
  const decay = {
    name: 'decay' as const,
    decouple: (params: tf.NamedTensorMap) => (updated: tf.NamedTensorMap) => {
      see(params, updated);
      return { value: tf.scalar(0) as tf.Scalar, params: updated };
    },
  };
  const [optimizer, terms] = [tf.train.sgd(0.1), [correction, decay]];
  const step = trainStep({ optimizer, params: [c, b, a], terms });
  tf.dispose(step(() => ({ loss: squares(a, b) })));
  expect(seen).toEqual(Array(5).fill([a.name]));
});

describe('nothing to train is an error that names it, and leaves everything as it was', () => {
  const message = (received: string) =>
    new RegExp(
      `^core.trainStep: expected \`params\` to hold a trainable variable from which \`forward\` computes the loss. Received: ${received}\\.$`,
    );

  test.each([
    ['a frozen variable', [false, true], 'a', '"a is frozen"'],
    ['a variable that is not reached', [true, true], 'b', '"b is not reached by the loss"'],
    ['both', [false, true], 'ab', '"a is frozen, b is not reached by the loss"'],
    ['no variable', [true, true], '', 'an array of 0'],
  ] as const)('%s', (_, [isTrainable, other], listed, received) => {
    const a = tf.variable(tf.scalar(2), isTrainable, 'a');
    const b = tf.variable(tf.scalar(3), other, 'b');
    const params = [a, b].filter(({ name }) => listed.includes(name));
    const step = trainStep({ optimizer: tf.train.adam(0.1), params, terms: [] });
    expectThrows(() => step(() => ({ loss: tf.square(a) as tf.Scalar })), message(received));
    expectThrows(() => step(() => ({ loss: tf.scalar(1) })), /^core.trainStep: .* to hold a train/);
    expectSame(a, [2]);
    tf.dispose([a, b]);
  });

  test('without a list', () => {
    const a = tf.variable(tf.scalar(2), false);
    const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: [] });
    expectThrows(
      () => step(() => ({ loss: tf.square(a) as tf.Scalar })),
      /^core.trainStep: expected `loss` to be computed in `forward` from a trainable variable/,
    );
    a.dispose();
  });
});

test('variables that are found: disposed of, and another under the same name', () => {
  const { a, b, squares } = problem();
  const step = trainStep({ optimizer: tf.train.adam(0.1), terms: [] });
  tf.dispose(step(() => ({ loss: squares(a, b) })));
  a.dispose();
  tf.dispose(step(() => ({ loss: squares(b) })));
  const after = Array.from(b.dataSync());
  const again = tf.variable(tf.tensor1d([1, 2]), true, a.name);
  expectThrows(
    () => step(() => ({ loss: squares(again, b) })),
    new RegExp(
      `^core.trainStep: expected \`params\` to stay .* '${a.name}' is another variable: make a new step`,
    ),
  );
  expectSame(b, after);
  expectSame(again, [1, 2]);
  again.dispose();
});

test('a caller’s arrays may change after the call', () => {
  const { a, b, c, squares } = problem();
  const [params, terms] = [[a, b], [] as Correction[]];
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params, terms });
  params.push(c);
  params.shift();
  terms.push({ name: 'late', correct: () => expect.fail('it came too late') });
  tf.dispose(step(() => ({ loss: squares(a, b, c) })));
  // θ − .1 · 2kθ: a is ×.8 of (1, −2), b ×.6 of (3, 4), c stays
  expect(Array.from(a.dataSync(), (x) => Math.round(x * 1e5) / 1e5)).toEqual([0.8, -1.6]);
  expect(Array.from(b.dataSync(), (x) => Math.round(x * 1e5) / 1e5)).toEqual([1.8, 2.4]);
  expectSame(c, [-5, 6]);
});
