import * as tf from '@tensorflow/tfjs-core';
import { composite, topologicalLoss } from '@toploss/composite';
import { trainStep, type Weight } from '@toploss/core';
import { applyCvp, cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { nger, ntkProxies } from '@toploss/nger';
import { sasp, saspPenalty } from '@toploss/sasp';
import { sbmp, sbmpPenalty } from '@toploss/sbmp';
import {
  expectClose,
  expectNoLeak,
  expectSame,
  expectThrows,
  normal,
  valuesOf,
} from '@toploss/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const x = normal([8, 3], 1);
const targets = tf.tensor1d([0, 1, 1, 0, 1, 0, 0, 1], 'int32');
const other = normal([8, 1], 2);
const noise = tf.sub(tf.mul(2, tf.cast(tf.greater(normal([8, 3], 3), 0), 'float32')), 1);
const initial = [normal([3, 4], 4), normal([4, 2], 5), normal([4, 1], 6)];

let W: tf.Variable[];
const theta = () => Object.fromEntries(W.map((w) => [w.name, w as tf.Tensor]));
beforeEach(() => {
  W = initial.map((w, k) => tf.variable(w, true, `w${k}`));
});
afterEach(() => tf.dispose(W));

/** A class, and a second task, of one trunk. */
function model() {
  const [trunk, head, second] = W as [tf.Variable, tf.Variable, tf.Variable];
  const featuresOf = (e: tf.Tensor): tf.Tensor2D => tf.tanh(tf.matMul(e, trunk));
  const logitsOf = (h: tf.Tensor): tf.Tensor2D => tf.matMul(h, head);
  const features = featuresOf(x);
  const oneHot = tf.cast(tf.oneHot(targets, 2), 'float32');
  const tasks = (h: tf.Tensor) => [
    tf.neg(tf.mean(tf.sum(tf.mul(oneHot, tf.logSoftmax(logitsOf(h))), 1))) as tf.Scalar,
    tf.mean<tf.Scalar>(tf.square(tf.sub(tf.matMul(h, second), other))),
  ];
  const modelFn = (e: tf.Tensor) => logitsOf(featuresOf(e));
  const taskLosses = tasks(features);
  const kappa = ntkProxies(tasks, features);
  const logits = logitsOf(features);
  const outputs = { logits, features, targets, modelFn, embeddings: x, noise };
  return { ...outputs, taskLosses, ntkProxies: kappa };
}

const half: Weight = (step) => 0.5 ** step; // a schedule
const settings = {
  sasp: { lambda: half },
  cvp: { lambda: half, beta: 5 },
  sbmp: { lambda: half, alpha: 0.7 },
  dmta: { lambda: half, alpha: 2, mu: 0.9 },
};

/** Written out: three steps of SGD, each part by its bare formula. */
function byHand(steps: number) {
  const [weighting, slow] = [nger({ tasks: 2 }), dmta(settings.dmta)];
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      const lambda = 0.5 ** step;
      const { grads } = tf.variableGrads(() => {
        const { logits, features, modelFn, ...of } = model();
        const S = saspPenalty(logits, features, targets);
        const B = sbmpPenalty(logits, modelFn, x, { alpha: 0.7, noise });
        return tf.add(weighting.loss(of), tf.mul(lambda, tf.add(S, B))) as tf.Scalar;
      }, W);
      const corrected = slow.correct(grads, theta(), step);
      const decayed = applyCvp(corrected, theta(), { lambda, beta: 5 });
      const { taskLosses, ntkProxies } = model();
      weighting.observe({ taskLosses, ntkProxies });
      slow.observe(grads);
      for (const w of W) {
        w.assign(tf.sub(w, tf.mul(0.1, decayed[w.name] as tf.Tensor)));
      }
    });
  }
  weighting.dispose();
  slow.dispose();
  return W.map((w) => valuesOf(w));
}

describe('all five in trainStep', () => {
  /** @param from The first step, where λ goes on. */
  const setUp = (from = 0) => {
    const weighting = nger({ tasks: 2 });
    const lambda = (step: number) => 0.5 ** (from + step);
    const slow = dmta({ ...settings.dmta, lambda });
    const step = trainStep({
      optimizer: tf.train.sgd(0.1),
      terms: [
        weighting,
        composite([
          sasp({ lambda }),
          sbmp({ ...settings.sbmp, lambda }),
          slow,
          cvp({ ...settings.cvp, lambda }),
        ]),
      ],
    });
    const forward = () => {
      const outputs = model();
      return { loss: weighting.loss(outputs), ...outputs };
    };
    const dispose = () => {
      weighting.dispose();
      slow.dispose();
    };
    return { step, forward, weighting, slow, dispose };
  };

  test('make the steps of their formulas', () => {
    const expected = byHand(3);
    for (const [k, w] of W.entries()) {
      w.assign(initial[k] as tf.Tensor);
    }
    const { step, forward, weighting, slow, dispose } = setUp();
    for (let k = 0; k < 3; k++) {
      const losses = step(forward);
      expect(Object.keys(losses).sort()).toEqual(['base', 'cvp', 'sasp', 'sbmp', 'total']);
      const sum = tf.addN([losses.base, losses.sasp, losses.sbmp]);
      expectClose(losses.total, sum, 1e-6);
    }
    for (const [k, w] of W.entries()) {
      expectClose(w, expected[k] as number[], 1e-5);
    }
    expect([weighting.getState().steps, slow.getState().steps]).toEqual([3, 3]);
    dispose();
  });

  test('nothing leaks', () => {
    const { step, forward, dispose } = setUp();
    tf.dispose(step(forward));
    expectNoLeak(() => step(forward));
    dispose();
  });

  test('stopped, saved, restored and continued: the same bits', () => {
    const whole = setUp();
    for (let k = 0; k < 6; k++) {
      tf.dispose(whole.step(whole.forward));
    }
    const expected = W.map((w) => valuesOf(w));
    whole.dispose();
    for (const [k, w] of W.entries()) {
      w.assign(initial[k] as tf.Tensor);
    }
    const first = setUp();
    for (let k = 0; k < 3; k++) {
      tf.dispose(first.step(first.forward));
    }
    const saved = JSON.stringify([first.weighting.getState(), first.slow.getState()]);
    first.dispose();

    const [ofWeighting, ofSlow] = JSON.parse(saved);
    const second = setUp(3);
    second.weighting.setState(ofWeighting);
    second.slow.setState(ofSlow);
    for (let k = 0; k < 3; k++) {
      tf.dispose(second.step(second.forward));
    }
    expect(W.map((w) => valuesOf(w))).toEqual(expected);
    second.dispose();
  });
});

describe('topologicalLoss with four penalties', () => {
  const allGrads = () => tf.variableGrads(() => tf.addN(model().taskLosses) as tf.Scalar).grads;

  test('is the loss and its parts, by name', () => {
    const loss = topologicalLoss(settings);
    const { taskLosses, ...inputs } = model();
    const [base] = taskLosses as [tf.Scalar];
    const of = { ...inputs, params: theta(), grads: allGrads() };
    const parts = loss.components(base, of, 1);
    expect(Object.keys(parts)).toEqual(['total', 'base', 'sasp', 'cvp', 'sbmp', 'dmta']);
    const { total, ...addends } = parts;
    expectClose(total, tf.addN(Object.values(addends)), 1e-6);
    const atZero = loss.components(base, of, 0);
    for (const name of ['sasp', 'cvp', 'sbmp', 'dmta'] as const) {
      expectClose(parts[name], tf.mul(0.5, atZero[name]), 1e-6);
    }
    loss.terms.dmta.dispose();
  });

  test('the average is observed by name', () => {
    const loss = topologicalLoss({ dmta: { alpha: 1, mu: 0.5 } });
    const inputs = { params: theta(), grads: allGrads() };
    loss.terms.dmta.observe(inputs.grads);
    const { grads } = tf.variableGrads(() => loss(tf.scalar(0), inputs), W);
    for (const { name } of W) {
      // m̄ = ½ g, then ½·½ g + ½ g
      expectClose(grads[name] as tf.Tensor, tf.mul(0.75, inputs.grads[name] as tf.Tensor), 1e-5);
    }
    loss.terms.dmta.dispose();
  });

  test('with every λ = 0 it is the base loss, bit for bit', () => {
    const off = { lambda: 0 };
    const loss = topologicalLoss({ sasp: off, cvp: off, sbmp: off, dmta: off });
    const of = (f: (base: tf.Scalar, inputs: ReturnType<typeof model>) => tf.Scalar) =>
      tf.variableGrads(() => {
        const made = model();
        return f(tf.addN(made.taskLosses) as tf.Scalar, made);
      }, W);
    const given = { params: theta(), grads: allGrads() };
    const [actual, expected] = [
      of((base, made) => loss(base, { ...made, ...given })),
      of((b) => b),
    ];
    expectSame(actual.value, expected.value);
    for (const { name } of W) {
      expectSame(actual.grads[name] as tf.Tensor, expected.grads[name] as tf.Tensor);
    }
  });

  test('a forgotten input is an error', () => {
    const { taskLosses, ...inputs } = model();
    const [base] = taskLosses as [tf.Scalar];
    const loss = topologicalLoss(settings);
    const without = { ...inputs, params: theta(), grads: allGrads(), modelFn: undefined };
    expect(() => loss(base, without as never)).toThrow(/^sbmp: expected `modelFn` .*undefined/);
    expectThrows(() => topologicalLoss({ dmta: { alpha: -1 } }), /^dmta: expected `alpha` /);
  });
});
