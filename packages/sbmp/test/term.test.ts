import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type SbmpInputs, type SbmpTermOptions, sbmp, sbmpPenalty } from '@toploss/sbmp';
import { expectClose, expectNoLeak, expectSame, expectThrows, valuesOf } from '@toploss/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const embeddings = tf.randomNormal([4, 3], 0, 1, 'float32', 1);
const noise = tf.tensor2d([1, -1, 1, 1, 1, -1, -1, -1, 1, -1, 1, 1], [4, 3]);
const start = tf.randomNormal([3, 2], 0, 1, 'float32', 2);
const labels = tf.oneHot(tf.tensor1d([0, 1, 1, 0], 'int32'), 2);

let w: tf.Variable;
beforeEach(() => {
  w = tf.variable(start, true, 'w');
});
afterEach(() => w.dispose());

const modelFn = (e: tf.Tensor) => tf.matMul(tf.tanh(e), w);
const inputs = (): SbmpInputs => ({ logits: modelFn(embeddings), modelFn, embeddings });

describe('λΦ', () => {
  test('is λ times the penalty', () => {
    const term = sbmp({ lambda: 0.25, alpha: 2, symmetric: false });
    const expected = sbmpPenalty(modelFn(embeddings), modelFn, embeddings, {
      alpha: 2,
      symmetric: false,
      noise,
    });
    expectClose(term.penalty({ ...inputs(), noise }), tf.mul(0.25, expected), 1e-6);
  });

  test('λ may be a schedule', () => {
    const term = sbmp({ lambda: (step) => step, alpha: 1 });
    const [one, three] = [1, 3].map((step) => term.penalty({ ...inputs(), noise }, step));
    expectClose(three as tf.Scalar, tf.mul(3, one as tf.Scalar), 1e-6);
  });

  test('at λ = 0 it is 0, the model is not run, and the inputs are checked', () => {
    let runs = 0;
    const counted = (e: tf.Tensor) => {
      runs += 1;
      return modelFn(e);
    };
    const term = sbmp({ lambda: 0 });
    const f = (logits: tf.Tensor) => term.penalty({ logits, modelFn: counted, embeddings });
    const { value, grad } = tf.valueAndGrad(f)(modelFn(embeddings));
    expectSame(value, [0]);
    expectSame(grad, tf.zeros([4, 2]));
    expect(runs).toBe(0);
    expect(() => f(tf.ones([3, 2]))).toThrow(/^sbmp: expected `logits` of shape \[4, …, C\]/);
  });

  test('is pure: the same step, the same noise; step t draws with seed + t', () => {
    const term = sbmp({ seed: 5, alpha: 2 });
    const at = (step: number) => valuesOf(term.penalty(inputs(), step));
    expect(at(0)).toEqual(at(0));
    expect(at(1)).not.toEqual(at(0));
    const direct = sbmpPenalty(modelFn(embeddings), modelFn, embeddings, { seed: 6, alpha: 2 });
    expect(at(1)).toEqual(valuesOf(direct));
  });

  test('the mask of the batch takes the place of the option', () => {
    const [option, batch] = [tf.tensor1d([1, 1, 1, 0]), tf.tensor1d([1, 0, 0, 0])];
    const term = sbmp({ mask: option, seed: 0 });
    const expected = sbmp({ mask: batch, seed: 0 }).penalty(inputs());
    expectSame(term.penalty({ ...inputs(), mask: batch }), expected);
    expect(valuesOf(term.penalty(inputs()))).not.toEqual(valuesOf(expected));
  });
});

describe('in trainStep', () => {
  const forward = () => {
    const { logits } = inputs();
    const loss = tf.losses.softmaxCrossEntropy(labels, logits) as tf.Scalar;
    return { loss, logits, modelFn, embeddings, noise };
  };

  test('adds λΦ to the loss, and its gradient to the step', () => {
    const { grads } = tf.variableGrads(() => {
      const { loss, logits } = forward();
      const phi = sbmpPenalty(logits, modelFn, embeddings, { alpha: 1, noise });
      return tf.add(loss, tf.mul(0.5, phi)) as tf.Scalar;
    });
    const expected = tf.sub(start, tf.mul(0.1, grads.w as tf.Tensor));
    const step = trainStep({
      optimizer: tf.train.sgd(0.1),
      terms: [sbmp({ lambda: 0.5, alpha: 1 })],
    });
    const losses = step(forward);
    expectClose(losses.total, tf.add(losses.base, losses.sbmp), 1e-6);
    expectClose(w, expected, 1e-6);
  });

  test('λ = 0 leaves the training as it is, bit for bit', () => {
    const train = (terms: SbmpTermOptions[]) => {
      w.assign(start as tf.Tensor2D);
      const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: terms.map(sbmp) });
      for (let k = 0; k < 3; k++) {
        tf.dispose(step(forward));
      }
      return valuesOf(w);
    };
    expect(train([{ lambda: 0 }])).toEqual(train([]));
  });

  test('nothing leaks', () => {
    const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: [sbmp()] });
    expectNoLeak(() => step(forward));
  });

  test('a model that fails leaves the parameters alone', () => {
    const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: [sbmp()] });
    const wrong = () => ({ ...forward(), modelFn: () => tf.ones([4, 3]) });
    expectThrows(() => step(wrong), /^sbmp: expected `modelFn\(\)` of shape \[4, 2\]/);
    expectSame(w, start);
  });
});

describe('bad input', () => {
  const cases: [string, unknown, unknown, RegExp][] = [
    ['λ', { lambda: -1 }, {}, /^sbmp: expected `lambda` /],
    ['α', { alpha: -1 }, {}, /^sbmp: expected `alpha` /],
    ['one noise for all steps', { noise }, {}, /^sbmp: expected `options` .*"noise"/],
    ['schedule', { lambda: () => -1 }, {}, /^sbmp: expected `lambda\(0\)` /],
    ['no inputs', {}, null, /^sbmp: expected `inputs` .*null/],
    ['no logits', {}, { logits: undefined }, /^sbmp: expected `logits` .*undefined/],
    ['no model', {}, { modelFn: undefined }, /^sbmp: expected `modelFn` .*undefined/],
    ['noise', {}, { noise: tf.ones([2, 3]) }, /^sbmp: expected `noise` of shape \[4, 3\]/],
  ];
  test.each(cases)('%s', (_name, options, wrong, message) => {
    const given = wrong === null ? null : { ...inputs(), ...(wrong as object) };
    expectThrows(
      () => sbmp(options as SbmpTermOptions).penalty(given as unknown as SbmpInputs),
      message,
    );
  });
});

describe('a fraction of the batch', () => {
  test('by hand: half of four examples is the first two, then the last two', () => {
    // The blocks are the batch: their mean is that of all rows.
    const whole = sbmpPenalty(modelFn(embeddings), modelFn, embeddings, { noise });
    const parts = [0, 1].map((seed) =>
      sbmpPenalty(modelFn(embeddings), modelFn, embeddings, { noise, seed, fraction: 0.5 }),
    );
    expectClose(tf.div(tf.addN(parts), 2), whole, 1e-5);
    const [first] = [tf.slice(embeddings, 0, 2)];
    const alone = sbmpPenalty(modelFn(first), modelFn, first, { noise: tf.slice(noise, 0, 2) });
    expectClose(parts[0] as tf.Scalar, alone, 1e-6);
  });

  test('the model is given so many examples, of the block of the step', () => {
    const seen: number[][] = [];
    const watched = (e: tf.Tensor) => {
      seen.push(e.shape);
      return modelFn(e);
    };
    const term = sbmp({ fraction: 0.3, seed: 0, alpha: 1 });
    for (const step of [0, 1, 2]) {
      term.penalty({ logits: modelFn(embeddings), modelFn: watched, embeddings }, step);
    }
    expect(seen).toEqual([
      [2, 3],
      [2, 3],
      [2, 3],
    ]);
  });

  test('gradients reach the weights through both passes, and the rows that are looked at alone', () => {
    const options = { noise, fraction: 0.5, seed: 1, alpha: 2 };
    const rows = <T extends tf.Tensor>(x: T): T => tf.slice(x, 2, 2) as T;
    const gradient = (phi: () => tf.Scalar) => tf.variableGrads(phi, [w]).grads.w as tf.Tensor;
    const part = gradient(() => sbmpPenalty(modelFn(embeddings), modelFn, embeddings, options));
    const alone = gradient(() => {
      const e = rows(embeddings);
      return sbmpPenalty(modelFn(e), modelFn, e, { alpha: 2, noise: rows(noise) });
    });
    expectClose(part, alone, 1e-5);
  });

  test('of a mask too', () => {
    const mask = tf.tensor1d([1, 0, 1, 1]);
    const first = sbmpPenalty(modelFn(embeddings), modelFn, embeddings, {
      noise,
      mask,
      fraction: 0.5,
      seed: 0,
    });
    const e = tf.slice(embeddings, 0, 1);
    const alone = sbmpPenalty(modelFn(e), modelFn, e, { noise: tf.slice(noise, 0, 1) });
    expectClose(first, alone, 1e-5);
  });

  test('all of it is a fraction too', () => {
    const [whole, plain] = [{ fraction: 1 }, {}].map((more) => sbmp({ ...more, seed: 1 }));
    expectSame(whole?.penalty(inputs()) as tf.Scalar, plain?.penalty(inputs()) as tf.Scalar);
  });

  test.each([0, 1.1, Number.NaN])('not %d of it', (fraction) => {
    expectThrows(() => sbmp({ fraction }), /^sbmp: expected `fraction` to be in \(0, 1\]/);
  });
});

describe('the head of a model', () => {
  test('is what the option would be', () => {
    const given = { ...inputs(), noise };
    for (const head of ['softmax', 'sigmoid', 'linear'] as const) {
      const expected = sbmp({ head }).penalty(given);
      expectSame(sbmp().penalty({ ...given, head }), expected);
      expectSame(sbmp({ head }).penalty({ ...given, head: null }), expected);
    }
    expectNoLeak(() => sbmp().penalty({ ...given, head: 'softmax' }));
  });

  test('has to agree with the option, and the option has to say it where the model does not', () => {
    const given = { ...inputs(), noise };
    expectThrows(
      () => sbmp({ head: 'softmax' }).penalty({ ...given, head: 'sigmoid' }),
      /^sbmp: expected `head` to be "sigmoid", as the model has it\. Received: "softmax"\.$/,
    );
    expectThrows(
      () => sbmp({ lambda: 0 }).penalty({ ...given, head: null }),
      /^sbmp: expected `head` as an option of the term, .* "softmax" .*, "sigmoid" .*, "linear"/,
    );
  });
});
