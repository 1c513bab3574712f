import * as tf from '@tensorflow/tfjs-core';
import { expectSame, expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { hessianTrace, hessianVectorProduct, trainStep } from '../src/index.js';
import { Checks, gradientsOf } from '../src/kit/index.js';

const named = (where: string, argument: string) =>
  new RegExp(
    `^${where}: expected \`${argument.replace(/[.()]/g, '\\$&')}\` .* Received: a promise: await the data before the call, and make the function that returned it synchronous\\.$`,
  );

const later =
  <T>(f: () => T) =>
  async (): Promise<T> =>
    f();
const fail = () => {
  throw new Error('unheard, as the promise is refused');
};

function problem() {
  const a = tf.variable(tf.scalar(2));
  const loss = () => tf.square(a) as tf.Scalar;
  const step = (term?: object) =>
    trainStep({
      optimizer: tf.train.sgd(0.1),
      params: [a],
      terms: (term ? [{ name: 'term', ...term }] : []) as [],
    });
  return { a, loss, step };
}

test('an async forward is named, whether or not it fails itself', () => {
  const { a, loss, step } = problem();
  const plain = step();
  for (const made of [() => ({ loss: loss() }), fail]) {
    expectThrows(() => plain(later(made) as never), named('core.trainStep', 'forward()'));
  }
  const promised = () => ({ loss: later(loss)() });
  expectThrows(() => plain(promised as never), named('core.trainStep', 'loss'));
  expectSame(a, [2]);
});

test.each<[string, object, string]>([
  ['penalty', { penalty: later(() => tf.scalar(0)) }, 'penalty'],
  ['correct', { correct: later(fail) }, 'grads'],
  ['valueAndCorrect', { correct: fail, valueAndCorrect: later(() => 1) }, 'valueAndCorrect()'],
  ['decouple', { decouple: later(() => 1) }, 'decouple()'],
  ['the update of decouple', { decouple: () => later(() => 1) }, 'decouple()()'],
])('an async %s is named, and nothing moves', (_, term, argument) => {
  const { a, loss, step } = problem();
  const withTerm = step(term);
  expectThrows(() => withTerm(() => ({ loss: loss() })), named('term', argument));
  expectSame(a, [2]);
});

test('an async loss of a gradient or of a Hessian is named', () => {
  const { a, loss } = problem();
  const asynchronous = later(loss) as never;
  const v = { [a.name]: tf.scalar(1) };
  expectThrows(() => gradientsOf('test', asynchronous, [a]), named('test', 'loss'));
  expectThrows(
    () => hessianVectorProduct(asynchronous, [a], v),
    named('core.hessianVectorProduct', 'loss'),
  );
  expectThrows(
    () => hessianTrace(asynchronous, [a], { probes: 1, seed: 1 }),
    named('core.hessianVectorProduct', 'loss'),
  );
  expectSame(a, [2]);
});

test('options that are to come are named', () => {
  expect(() => new Checks('test').options(later(() => 1)(), {})).toThrow(named('test', 'options'));
});

test('an async observe or applyGradients is named', () => {
  const { a, loss, step } = problem();
  const observed = step({ observe: later(() => undefined) });
  expect(() => observed(() => ({ loss: loss() }))).toThrow(named('term', 'observe()'));

  const optimizer = { applyGradients: later(() => undefined) } as unknown as tf.Optimizer;
  const applied = trainStep({ optimizer, params: [a], terms: [] });
  const before = a.dataSync();
  expectThrows(
    () => applied(() => ({ loss: loss() })),
    named('core.trainStep', 'optimizer.applyGradients()'),
  );
  expectSame(a, before);
});
