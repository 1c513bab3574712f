import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Head, Term } from '@toploss/core/kit';
import { attach } from '@toploss/layers';
import { sasp, saspNetwork, saspNetworkPenalty, saspPenalty } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose, expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { headOf } from '../src/read/heads.js';
import { normal, seeded } from './models.js';

const { losses } = tf;
const { metrics } = tfl;
/** Of a name that tells something else. */
function categoricalCrossentropy(y: tf.Tensor, p: tf.Tensor) {
  return tf.mean(tf.square(tf.sub(y, p)), -1);
}
const ofTheUser = (y: tf.Tensor, z: tf.Tensor) => losses.huberLoss(y, z);

describe('how logits predict, by activation and loss', () => {
  test.each<[Head, string, unknown]>([
    ['softmax', 'softmax', 'categoricalCrossentropy'],
    ['softmax', 'softmax', 'sparseCategoricalCrossentropy'],
    ['softmax', 'softmax', 'kullbackLeiblerDivergence'],
    ['softmax', 'softmax', metrics.categoricalCrossentropy],
    ['softmax', 'linear', losses.softmaxCrossEntropy],
    ['softmax', 'logSoftmax', losses.softmaxCrossEntropy],
    ['sigmoid', 'sigmoid', 'binaryCrossentropy'],
    ['sigmoid', 'sigmoid', metrics.binaryCrossentropy],
    ['sigmoid', 'sigmoid', losses.logLoss],
    ['sigmoid', 'linear', losses.sigmoidCrossEntropy],
    ...[
      ...['meanSquaredError', 'meanAbsoluteError', 'meanAbsolutePercentageError'],
      ...['meanSquaredLogarithmicError', 'logcosh'],
      ...[losses.meanSquaredError, losses.absoluteDifference, losses.huberLoss],
      ...[metrics.meanSquaredError, metrics.MSE, metrics.mse, metrics.meanAbsoluteError],
      ...[metrics.meanAbsolutePercentageError, metrics.MAPE, metrics.mape],
      (y: tf.Tensor, z: tf.Tensor) => tf.mean(tf.squaredDifference(y, z), -1),
    ].map((loss): [Head, string, unknown] => ['linear', 'linear', loss]),
  ])('%s: %s and %o', (head, activation, loss) => {
    expect(headOf(activation, loss, 3)).toBe(head);
  });

  test.each<[string, unknown]>([
    ...['hinge', 'squaredHinge', 'categoricalHinge', 'poisson', 'cosineProximity'].map(
      (loss): [string, unknown] => ['linear', loss],
    ),
    ['linear', losses.hingeLoss],
    ['linear', losses.cosineDistance],
    ['linear', 'binaryCrossentropy'],
    ['linear', 'categoricalCrossentropy'],
    ['linear', ofTheUser],
    ['linear', { mse: (y: tf.Tensor, z: tf.Tensor) => losses.huberLoss(y, z) }.mse],
    ['softmax', { categoricalCrossentropy() {} }.categoricalCrossentropy],
    ['softmax', categoricalCrossentropy],
    ['linear', (y: tf.Tensor, z: tf.Tensor) => losses.meanSquaredError(y, tf.sigmoid(z))],
    ['linear', (y: tf.Tensor, z: tf.Tensor) => losses.meanSquaredError(y, tf.relu(z))],
    ['linear', () => Promise.resolve()],
    ['linear', undefined],
    ['sigmoid', 'meanSquaredError'],
    ['sigmoid', 'categoricalCrossentropy'],
    ['sigmoid', losses.sigmoidCrossEntropy], // a sigmoid of a sigmoid
    ['softmax', 'meanSquaredError'],
    ['softmax', 'binaryCrossentropy'],
    ['softmax', losses.softmaxCrossEntropy],
    ['softmax', ofTheUser],
    ['logSoftmax', 'categoricalCrossentropy'],
  ])('unknown: %s and %o', (activation, loss) => {
    expect(headOf(activation, loss, 3)).toBeNull();
  });

  test('a softmax of one unit predicts nothing', () => {
    expect(headOf('softmax', 'categoricalCrossentropy', 1)).toBeNull();
    expect(headOf('sigmoid', 'binaryCrossentropy', 1)).toBe('sigmoid');
  });
});

type Loss = string | typeof ofTheUser;
type Dense = Partial<Parameters<typeof tfl.layers.dense>[0]>;

/** 2 – 3 tanh – the last layer. */
function modelOf(loss: Loss, last: Dense, hidden: Dense = {}): tfl.Sequential {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 3, activation: 'tanh', inputShape: [2], ...hidden }),
      tfl.layers.dense({ units: 2, ...last }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0), loss: loss as string });
  return seeded(model);
}

describe('a head that the model does not say', () => {
  const terms: [string, (head?: 'linear') => Term][] = [
    ['sasp', (head) => sasp({ lambda: 0, ...(head && { head }) })],
    ['sasp.network', (head) => saspNetwork({ every: 2, ...(head && { head }) })],
    ['sbmp', (head) => sbmp({ lambda: 0, ...(head && { head }) })],
  ];
  test.each(terms)('is asked for by %s, whatever its weight', (where, make) => {
    for (const [loss, last] of [
      ['hinge', {}],
      [ofTheUser, { units: 1 }],
      ['categoricalCrossentropy', { activation: 'softmax', units: 1 }],
      // `saspNetwork` reads what the loss reads.
      ...(where === 'sasp.network' ? [] : [['meanSquaredError', { activation: 'sigmoid' }]]),
    ] as [Loss, Dense][]) {
      const model = modelOf(loss, last);
      expectThrows(
        () => attach(model, [make()]),
        new RegExp(
          `^${where}: expected .head. as an option of the term, .*"softmax" for one class of several, .*"sigmoid" .*, "linear"`,
        ),
      );
      attach(model, [make('linear')]).detach();
    }
  });

  test('is what the option says: Φ of a regression by a loss of the user', async () => {
    const model = modelOf(ofTheUser, { units: 1 });
    const [x, y] = [normal([6, 2], 1), normal([6, 1], 2)];
    attach(model, [sasp({ head: 'linear', lambda: 1 })]);
    const { history } = await model.fit(x, y, { batchSize: 6, verbose: 0 });
    const h = model.layers[0]?.apply(x) as tf.Tensor;
    const expected = saspPenalty(model.predict(x) as tf.Tensor, h, y, { head: 'linear' });
    expectClose(history.sasp as number[], tf.reshape(expected, [1]), 1e-5);
  });
});

describe('layers without a bias', () => {
  const [x, y] = [normal([6, 2], 1), tf.oneHot(tf.tensor1d([0, 1, 1, 0, 1, 0], 'int32'), 2)];
  const bare = { useBias: false };
  const softmax = { activation: 'softmax' } as const;

  test('sasp does not count one', async () => {
    const model = modelOf('categoricalCrossentropy', { ...softmax, ...bare });
    attach(model, [sasp({ lambda: 1 })]);
    const { history } = await model.fit(x, y, { batchSize: 6, verbose: 0 });
    const h = model.layers[0]?.apply(x) as tf.Tensor;
    const logits = tf.log(model.predict(x) as tf.Tensor); // but for a constant, which a softmax does not see
    const expected = saspPenalty(logits, h, y, { includeBias: false });
    expectClose(history.sasp as number[], tf.reshape(expected, [1]), 1e-4);
  });

  test.each([
    [true, false],
    [false, true],
    [false, false],
  ])('saspNetwork counts those that are there: %s, %s', async (first, last) => {
    const model = modelOf(
      'categoricalCrossentropy',
      { ...softmax, useBias: last },
      { useBias: first },
    );
    const trace = { exact: true, root: false, scale: 'absolute' } as const;
    attach(model, [saspNetwork({ lambda: 1, every: 1, ...trace })]);
    const { history } = await model.fit(x, y, { batchSize: 6, verbose: 0 });
    const [hidden, end] = model.layers as [tfl.layers.Layer, tfl.layers.Layer];
    const h = hidden.apply(x) as tf.Tensor;
    const [w1, w2] = [hidden, end].map((layer) => layer.getWeights()[0]) as [tf.Tensor, tf.Tensor];
    const logits = tf.log(model.predict(x) as tf.Tensor);
    const without = saspNetworkPenalty(
      logits,
      [
        { input: x, kernel: w1, activation: 'tanh' },
        { input: h, kernel: w2 },
      ],
      { ...trace, includeBias: false },
    );
    // Of biases alone: tr A = 1 − ‖p‖² at the last, ‖δ‖² = Σ_c ‖φ′ ⊙ W √A e_c‖² = tr W A Wᵀ φ′² at the first
    const p = model.predict(x) as tf.Tensor2D;
    const A = tf.sub(
      tf.mul(tf.expandDims(p, 2), tf.reshape(tf.oneHot([0, 1], 2), [1, 2, 2])),
      tf.matMul(tf.expandDims(p, 2), tf.expandDims(p, 1)),
    );
    const traceA = tf.mean(tf.sub(1, tf.sum(tf.square(p), 1)));
    const slope = tf.sub(1, tf.square(h));
    const W = tf.tile(tf.expandDims(w2, 0), [6, 1, 1]);
    const quadratic = tf.sum(tf.mul(tf.matMul(W, A), W), 2);
    const ofFirst = tf.mean(tf.sum(tf.mul(quadratic, tf.square(slope)), 1));
    const biases = tf.add(tf.mul(Number(last), traceA), tf.mul(Number(first), ofFirst));
    expectClose(history.saspNetwork as number[], tf.reshape(tf.add(without, biases), [1]), 1e-4);
  });

  test('an option that counts one is refused, and one that counts none taken', () => {
    const none = modelOf('categoricalCrossentropy', { ...softmax, ...bare });
    expectThrows(
      () => attach(none, [sasp({ includeBias: true })]),
      /^sasp: expected `includeBias` to be left out or false, since the layer has no bias\. Received: true\.$/,
    );
    expectThrows(
      () => attach(none, [saspNetwork({ includeBias: true })]),
      /^sasp.network: expected `includeBias` to be left out or false/,
    );
    const all = modelOf('categoricalCrossentropy', softmax);
    for (const model of [none, all]) {
      attach(model, [sasp({ includeBias: false }), saspNetwork({ includeBias: false })]).detach();
    }
    attach(all, [sasp({ includeBias: true }), saspNetwork({ includeBias: true })]).detach();
  });
});
