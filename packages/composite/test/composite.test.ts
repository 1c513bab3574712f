import * as tf from '@tensorflow/tfjs-core';
import { composite, topologicalLoss } from '@toploss/composite';
import { trainStep } from '@toploss/core';
import { cvp, cvpPenalty } from '@toploss/cvp';
import { sasp, saspNetworkPenalty, saspPenalty } from '@toploss/sasp';
import { expectClose, expectNoLeak, expectSame, expectThrows, stackOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const logits = tf.tensor2d([0.5, -1, 2, 1.5, 0.25, -0.5], [2, 3]);
const features = tf.tensor2d([1, -2, 0.5, 0.25], [2, 2]);
const targets = tf.tensor1d([2, 0], 'int32');
const params = { w: tf.tensor2d([[1, -2]]) };
const grads = { w: tf.tensor2d([[0.5, 0.5]]) };
const inputs = { logits, features, targets, params, grads };
const base = tf.scalar(1.7);

/** A regularizer λx². */
const square = <Name extends string>(name: Name, lambda = 1) => ({
  name,
  penalty: ({ x }: { x: tf.Scalar }): tf.Scalar => tf.mul(lambda, tf.square(x)),
});

test('by hand: the sum of its parts', () => {
  // SASP of z = 0, h = 3: ‖e‖² = .5, S = 3² + 1 = 10: λT = .1·5; hard CVP of θ = (1, −2), g = (½, ½):
  // a = (1, 0), λΦ = .2·½·1. Together .5 + .1 = .6; with the base 1.7: 2.3
  const given = {
    ...inputs,
    logits: tf.zeros([1, 2]) as tf.Tensor2D,
    features: tf.tensor2d([[3]]),
    targets: tf.tensor1d([0], 'int32'),
  };
  const beta = Number.POSITIVE_INFINITY;
  const both = composite([sasp({ lambda: 0.1 }), cvp({ lambda: 0.2, beta })]);
  expectClose(both.penalty(given), 0.6, 1e-6);
  const loss = topologicalLoss({ sasp: { lambda: 0.1 }, cvp: { lambda: 0.2, beta } });
  expectClose(loss(base, given), 2.3, 1e-6);
});

describe('composite', () => {
  test('has a name and components', () => {
    const parts = composite([sasp({ lambda: 0.5 }), cvp({ lambda: 0.25 })]);
    expect(parts.name).toBe('composite');
    expect(composite([], 'mine').name).toBe('mine');
    const components = parts.components(inputs);
    expect(Object.keys(components)).toEqual(['sasp', 'cvp']);
    expectClose(components.sasp, tf.mul(0.5, saspPenalty(logits, features, targets)), 1e-6);
    expectClose(components.cvp, tf.mul(0.25, cvpPenalty([params.w], [grads.w])), 1e-6);
  });

  test('nests', () => {
    // 2² + 3·2² + 5·2² = 36, and its derivative 2·(1 + 3 + 5)·2 = 36
    const inner = composite([square('b', 3), square('c', 5)], 'inner');
    const outer = composite([square('a'), inner]);
    const { value, grads } = tf.valueAndGrads((x: tf.Tensor) =>
      outer.penalty({ x: x as tf.Scalar }),
    )([tf.scalar(2)]);
    expectSame(value, [36]);
    expectSame(grads[0] as tf.Tensor, [36]);
    expectSame(outer.components({ x: tf.scalar(2) }).inner, [32]);
  });

  test('of nothing is 0', () => {
    expectSame(composite([]).penalty({}), [0]);
  });

  test('hands the step on to the schedules', () => {
    const parts = composite([sasp({ lambda: (step) => step })]);
    expectSame(parts.penalty(inputs), [0]);
    expectClose(parts.penalty(inputs, 2), tf.mul(2, saspPenalty(logits, features, targets)), 1e-6);
  });

  test('trainStep takes it apart', () => {
    const w = tf.variable(tf.tensor2d([0.3, -0.2, 0.1, 0.5, 0.4, -0.6], [2, 3]));
    const step = trainStep({
      optimizer: tf.train.sgd(0.1),
      params: [w],
      terms: [composite([sasp({ lambda: 0.5 }), cvp({ lambda: 0.25 })])],
    });
    const losses = step(() => {
      const logits = tf.matMul(features, w) as tf.Tensor2D;
      return { loss: tf.sum(tf.square(logits)) as tf.Scalar, logits, features, targets };
    });
    expect(Object.keys(losses).sort()).toEqual(['base', 'cvp', 'sasp', 'total']);
    expectClose(losses.total, tf.add(losses.base, losses.sasp), 1e-6);
  });

  test('leaks nothing', () => {
    const parts = composite([sasp(), cvp()]);
    expectNoLeak(() => [parts.penalty(inputs), { ...parts.components(inputs) }]);
  });

  test('bad input', () => {
    const make = (terms: unknown) => () => composite(terms as []);
    for (const terms of [undefined, {}]) {
      expectThrows(make(terms), /^composite: expected `terms` to be an array of regularizers\./);
    }
    for (const term of [undefined, { name: 'x' }, sasp]) {
      expectThrows(make([cvp(), term]), /^composite: expected `terms\[1\]` to be a regularizer\./);
    }
    expectThrows(
      make([sasp(), sasp()]),
      /^composite: expected `terms` to have different names\. Received: "sasp"/,
    );
  });
});

describe('topologicalLoss', () => {
  /** The value and the gradients by the logits and the features of a base loss, with or without f. */
  const evaluate = (f: (base: tf.Scalar, z: tf.Tensor2D, h: tf.Tensor2D) => tf.Scalar) =>
    tf.valueAndGrads((z: tf.Tensor, h: tf.Tensor) => {
      const base = tf.add(tf.mean(tf.square(z)), tf.mean(tf.exp(h))) as tf.Scalar;
      return f(base, z as tf.Tensor2D, h as tf.Tensor2D);
    })([logits, features]);
  const plain = evaluate((base) => base);

  const expectPlain = ({ value, grads }: ReturnType<typeof evaluate>) => {
    expectSame(value, plain.value);
    expectSame(grads[0] as tf.Tensor, plain.grads[0] as tf.Tensor);
    expectSame(grads[1] as tf.Tensor, plain.grads[1] as tf.Tensor);
  };

  test('of nothing is the base loss, bit for bit', () => {
    const loss = topologicalLoss({});
    expectPlain(evaluate((base) => loss(base, {})));
    expect(Object.keys(loss.components(base, {}))).toEqual(['total', 'base']);
  });

  test('with every λ = 0 it is so too, whatever the inputs', () => {
    const loss = topologicalLoss({ sasp: { lambda: 0 }, cvp: { lambda: () => 0 } });
    expectPlain(evaluate((base, logits, features) => loss(base, { ...inputs, logits, features })));
    const huge = tf.fill([2, 2], 1e30) as tf.Tensor2D;
    expectSame(loss(base, { ...inputs, features: huge }), base);
  });

  test('the total is the base and the parts', () => {
    const loss = topologicalLoss({ sasp: { lambda: 0.3 }, cvp: { lambda: 0.2 } });
    const { total, base: own, sasp: S, cvp: C } = loss.components(base, inputs);
    expectSame(own, base);
    expectSame(total, tf.add(tf.add(own, S), C));
    expectSame(loss(base, inputs), total);
    expectClose(S, tf.mul(0.3, saspPenalty(logits, features, targets)), 1e-6);
    expectClose(C, tf.mul(0.2, cvpPenalty([params.w], [grads.w])), 1e-6);
  });

  test('the whole network beside its head', () => {
    const W = tf.tensor2d([0.5, -0.25, 1, 0.75, -1, 0.5], [2, 3]);
    const network = stackOf([{ kernel: tf.eye(2), activation: 'tanh' }, { kernel: W }])(features);
    const loss = topologicalLoss({ sasp: {}, saspNetwork: { lambda: 0.4, every: 1, seed: 5 } });
    const values = loss.components(base, { ...network, targets }, 3);
    const { logits: z, layers } = network;
    const defaults = { root: 'ratio', scale: 'relative', fraction: 1 } as const;
    const phi = saspNetworkPenalty(z, layers, { ...defaults, seed: 8 });
    expectClose(values.saspNetwork, tf.mul(0.4, phi), 1e-6);
    expectClose(values.sasp, tf.mul(0.01, saspPenalty(z, network.features, targets)), 1e-6);
    const without = () => (loss as (...args: unknown[]) => void)(base, { ...inputs, logits: z });
    expectThrows(without, /^sasp.network: expected `layers` to be an array/);
  });

  test('leaks nothing', () => {
    const loss = topologicalLoss({ sasp: {}, cvp: {} });
    expectNoLeak(() => [loss(base, inputs), { ...loss.components(base, inputs) }]);
  });

  test('what is forgotten is named', () => {
    const loss = topologicalLoss({ sasp: {}, cvp: {} }) as (...args: unknown[]) => tf.Scalar;
    for (const name of ['logits', 'features', 'targets']) {
      const message = new RegExp(`^sasp: expected \`${name}\` .*Received: undefined`);
      expectThrows(() => loss(base, { ...inputs, [name]: undefined }), message);
    }
    for (const name of ['params', 'grads']) {
      const message = new RegExp(`^cvp: expected \`${name}\` .*Received: undefined`);
      expectThrows(() => loss(base, { ...inputs, [name]: undefined }), message);
    }
    expectThrows(() => loss(base), /^composite: expected `inputs` .*Received: undefined/);
    expectThrows(() => loss(undefined, inputs), /^composite: expected `baseLoss` .*Received: /);
    expectThrows(() => loss(logits, inputs), /^composite: expected `baseLoss` .*Received: /);
  });

  test('bad options', () => {
    const make = (options: unknown) => () => topologicalLoss(options as object);
    expectThrows(make({ sapp: {} }), /^composite: expected `options` .*Received: "sapp"/);
    expectThrows(make(null), /^composite: expected `options` .*Received: null/);
    expectThrows(make({ sasp: true }), /^composite: expected `sasp` .*Received: true/);
    expectThrows(make({ sasp: null }), /^composite: expected `sasp` .*Received: null/);
    const decoupled = { cvp: { decoupled: true } };
    expectThrows(
      make(decoupled),
      /^composite: expected `cvp\.decoupled` to be left out: .* no part of a loss\. Received: true/,
    );
    expectThrows(make({ sasp: { lambda: -1 } }), /^sasp: expected `lambda` .*Received: -1/);
  });
});
