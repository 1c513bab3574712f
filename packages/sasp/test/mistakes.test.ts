import * as tf from '@tensorflow/tfjs-core';
import {
  saspAnyLayer,
  saspCrossEntropy,
  saspNetwork,
  saspNetworkPenalty,
  saspPenalty,
} from '@toploss/sasp';
import { expectClose, expectSame, expectThrows, onDevice, stackOf } from '@toploss/testing';
import { expect, test } from 'vitest';

const y = tf.tensor2d([1, 1], [1, 2]);

test.skipIf(onDevice())('a feature of 0 has a gradient of 0, however large the error', () => {
  // e = 1e20 − 1, c = ‖e‖² ~ 1e40, beyond float32; ∂T/∂h = 2 c h = 0
  const z = tf.tensor2d([1e20, 1], [1, 2]);
  const f = (h: tf.Tensor) => saspPenalty(z, h as tf.Tensor2D, y, { head: 'linear' });
  expectSame(tf.grad(f as never)(tf.tensor2d([0], [1, 1])), [0]);
});

test('log 2 is not lost beside logits of 1e30', () => {
  // p = [½, ½], and −log ½ is the loss of either class
  const z = tf.fill([2, 2], 1e30) as tf.Tensor2D;
  const classes = tf.tensor1d([0, 1], 'int32');
  const loss = saspCrossEntropy(z, tf.ones([2, 1]), classes, { lambda: 0 });
  expectClose(loss, Math.LN2);
});

/** A probe and a head for networks of one output. */
const one = { seed: 1, head: 'sigmoid' } as const;

const network = (x: number, ...kernels: number[]) => {
  const layers = kernels.map((w) => ({
    kernel: tf.tensor2d([w], [1, 1]),
    activation: 'linear' as const,
  }));
  return stackOf(layers)(tf.tensor2d([x], [1, 1]));
};

test('a network whose squares are beyond float32', () => {
  const { logits, layers } = network(1e20, 1, 1); // S = 1e40, A = 0: 0·∞
  const message = /^sasp.network: expected `layers` to have inputs and kernels whose squares/;
  if (!onDevice()) {
    expectThrows(() => saspNetworkPenalty(logits, layers, one), message);
  }
  // Of no weight it does not count.
  expectSame(saspNetwork({ lambda: 0, head: 'sigmoid' }).penalty({ logits, layers }), [0]);
  // What was not finite before is not its fault.
  const infinite = network(Number.POSITIVE_INFINITY, 1);
  expect(() => saspNetworkPenalty(infinite.logits, infinite.layers, one)).not.toThrow();
  const z = tf.tensor2d([Number.POSITIVE_INFINITY], [1, 1]);
  expect(() => saspNetworkPenalty(z, network(1, 1).layers, one)).not.toThrow();
  const [ones, two] = [tf.ones([1, 1]), tf.ones([2, 1])] as [tf.Tensor2D, tf.Tensor2D];
  const partly = [{ input: tf.tensor2d([[1, Number.POSITIVE_INFINITY]]), kernel: two }];
  expect(() => saspNetworkPenalty(ones, partly, one)).not.toThrow();
});

test('the same layer twice in the list', () => {
  const { logits, layers } = network(1, 1);
  const twice = [layers[0], layers[0]] as typeof layers;
  expectThrows(
    () => saspNetworkPenalty(logits, twice, one),
    /^sasp.network: expected `activation` to be one of/,
  );
});

test('layers of other kinds of numbers, or of a class', () => {
  const { logits, layers } = network(1, 1);
  const call = (z: tf.Tensor, list: unknown) => () =>
    saspNetworkPenalty(z as tf.Tensor2D, list as typeof layers, one);
  expectThrows(call(tf.cast(logits, 'int32'), layers), /`logits` to be a float32 tensor/);
  const whole = [{ ...layers[0], input: tf.ones([1, 1], 'int32') }];
  expectThrows(call(logits, whole), /`layers\[0\].input` to be a float32 tensor/);
  expectThrows(
    call(logits, [Object.create(layers[0] as object)]),
    /`layers\[0\].input` to be a tensor/,
  );
  const [z, h] = [tf.ones([1, 2], 'int32') as tf.Tensor2D, tf.ones([1, 1]) as tf.Tensor2D];
  const ofIntegers = () => saspPenalty(z, h, y);
  expectThrows(ofIntegers, /^sasp: expected `logits` to be a float32 tensor/);
});

test('a pre-activation of other numbers', () => {
  const one = tf.ones([1, 1]) as tf.Tensor2D;
  const preActivation = tf.ones([1, 1], 'bool');
  const layers = [{ input: one, kernel: one, activation: 'swish', preActivation } as const];
  const options = { seed: 1, head: 'linear' } as const;
  const call = () => saspNetworkPenalty(one, [...layers, { input: one, kernel: one }], options);
  expectThrows(call, /`layers\[0\].preActivation` to be a float32 tensor/);
});

test('a step that is no number', () => {
  const inputs = network(1, 1);
  const step = tf.scalar(1);
  step.dispose();
  expectThrows(
    () => saspNetwork().penalty(inputs, step as never),
    /^sasp.network: expected `step` to be an integer ≥ 0/,
  );
});

test('losses that are no function', () => {
  const w = tf.variable(tf.ones([1]));
  const call = () => saspAnyLayer(1 as never, [w]);
  expectThrows(call, /^sasp: expected `perExampleLosses` to be a function/);
  w.dispose();
});
