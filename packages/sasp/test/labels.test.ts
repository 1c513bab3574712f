import * as tf from '@tensorflow/tfjs-core';
import {
  type SaspCrossEntropyOptions,
  sasp,
  saspCrossEntropy,
  saspNetwork,
  saspNetworkPenalty,
  saspPenalty,
} from '@toploss/sasp';
import { expectClose, expectSame, expectThrows, normal, onDevice } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { headLossOfOperations } from '../src/head/formula.js';
import type { HeadInputs } from '../src/head/inputs.js';
import type { HeadLossOptions } from '../src/head/loop.js';
import { hostLoss } from './head.js';

type Options = SaspCrossEntropyOptions;

/** The loss with its penalty, and its gradients by logits and features. */
function all(z: tf.Tensor, h: tf.Tensor, y: tf.Tensor, options: Options) {
  const { value, grads } = tf.valueAndGrads((z: tf.Tensor, h: tf.Tensor) =>
    saspCrossEntropy(z, h, y, options),
  )([z, h]);
  return [value, ...grads] as [tf.Tensor, tf.Tensor, tf.Tensor];
}

const [logits, features] = [normal([4, 3], 1), normal([4, 2], 2)];
const some = tf.tensor1d([0, 2], 'int32');
const curvatures = ['fisher', 'hessian'] as const;

/** As the rows 0 and 2 alone, with gradients of 0 in the others. */
function expectRows(actual: tf.Tensor[], z: tf.Tensor, h: tf.Tensor, y: tf.Tensor, o: Options) {
  const expected = all(tf.gather(z, some), tf.gather(h, some), y, o);
  expectClose(actual[0] as tf.Tensor, expected[0], 1e-5);
  for (const k of [1, 2]) {
    const gradient = expected[k] as tf.Tensor;
    const columns = gradient.shape[1] as number;
    const [first, second] = tf.split(gradient, 2);
    const zeros = tf.zeros([1, columns]);
    expectClose(
      actual[k] as tf.Tensor,
      tf.concat([first as tf.Tensor, zeros, second as tf.Tensor, zeros]),
      1e-5,
      1e-7,
    );
  }
}

describe.each(curvatures)('a softmax without some of its labels, %s', (curvature) => {
  const of = (more: Options) => ({ curvature, lambda: 0.5, ...more });

  test('class indices', () => {
    const y = tf.tensor1d([2, -1, 0, -1], 'int32');
    const left = tf.tensor1d([2, 0], 'int32');
    expectRows(all(logits, features, y, of({ ignoreLabel: -1 })), logits, features, left, of({}));
    const floats = tf.tensor1d([2, Number.NaN, 0, Number.NaN]);
    const ofNaN = all(logits, features, floats, of({ ignoreLabel: Number.NaN }));
    expectRows(ofNaN, logits, features, left, of({}));
  });

  test('soft labels: a row with a missing entry is left out', () => {
    const [a, b] = [
      [0.2, 0.3, 0.5],
      [0, 1, 0],
    ];
    const left = tf.tensor2d([a, b]);
    for (const missing of [Number.NaN, -100]) {
      const y = tf.tensor2d([a, [missing, 0, 1], b, [missing, missing, missing]] as number[][]);
      const actual = all(logits, features, y, of({ ignoreLabel: missing }));
      expectRows(actual, logits, features, left, of({}));
    }
  });

  test('with a mask: what either leaves out', () => {
    const y = tf.tensor1d([2, -1, 0, 1], 'int32');
    const mask = tf.tensor1d([1, 1, 1, 0]);
    const actual = all(logits, features, y, of({ ignoreLabel: -1, mask }));
    expectRows(actual, logits, features, tf.tensor1d([2, 0], 'int32'), of({}));
  });
});

describe('by hand: labels of two outputs, one of which is missing', () => {
  // z = (0, 0), h = 2, S = 2² + 1 = 5, and a second example without any label
  const [z, h] = [tf.zeros([2, 2]), tf.tensor2d([[2], [3]])];
  const y = (label: number) =>
    tf.tensor2d([
      [label, Number.NaN],
      [Number.NaN, Number.NaN],
    ]);

  test.each([
    // s = ½, e = −½, ℓ = log 2; fisher c = ¼: T = 5/4, ∂T/∂z = 5 · 2 e s(1 − s) = −5/4, ∂T/∂h = 2 c h = 1
    ['sigmoid', 'fisher', 1, Math.LN2 + 1.25, -0.5 - 1.25, 1],
    // tr A = s(1 − s) = ¼, ∂/∂z = 0
    ['sigmoid', 'hessian', 1, Math.LN2 + 1.25, -0.5, 1],
    // e = −3, ℓ = 9/2; c = 9: T = 45, ∂T/∂z = 5 · 2 e = −30, ∂T/∂h = 36
    ['linear', 'fisher', 3, 4.5 + 45, -3 - 30, 36],
    // c = 1, the one label that is there
    ['linear', 'hessian', 3, 4.5 + 5, -3, 4],
  ] as const)('%s, %s', (head, curvature, label, value, dZ, dH) => {
    const options = { head, curvature, lambda: 1, ignoreLabel: Number.NaN };
    const [actual, dLogits, dFeatures] = all(z, h, y(label), options);
    expectClose(actual, value, 1e-5);
    expectClose(dLogits, [dZ, 0, 0, 0], 1e-5, 1e-6);
    expectClose(dFeatures, [dH, 0], 1e-5);
  });
});

describe('the loop and the operations are equal', () => {
  const targets = {
    softmax: tf.tensor2d([
      [0.5, 0.25, 0.25],
      [0, 1, 0],
      [-1, 0, 0],
      [1, 0, 0],
    ]),
    sigmoid: tf.tensor2d([
      [1, 0, -1],
      [-1, -1, -1],
      [0.5, 1, 0],
      [1, -1, 0],
    ]),
  };
  const indices = tf.tensor1d([2, -1, 0, 1], 'int32');
  const mask = tf.tensor1d([1, 1, 1, 0]) as tf.Tensor1D;
  const cases = (['softmax', 'sigmoid', 'linear'] as const).flatMap((head) =>
    curvatures.map((curvature) => [head, curvature] as const),
  );
  test.skipIf(onDevice()).each(cases)('%s, %s', (head, curvature) => {
    for (const y of head === 'softmax' ? [indices, targets.softmax] : [targets.sigmoid]) {
      for (const more of [{}, { mask }]) {
        const inputs = { logits, features, targets: y, ignoreLabel: -1, ...more } as HeadInputs;
        const options: HeadLossOptions = {
          ...{ head, curvature, includeBias: true, loss: true, lambda: 0.3 },
        };
        const [host, operations] = [
          hostLoss(inputs, options),
          headLossOfOperations(inputs, options),
        ];
        for (const key of ['value', 'dLogits', 'dFeatures'] as const) {
          expectClose(host[key], operations[key], 2e-5, 1e-7);
        }
      }
    }
  });

  test('a NaN that nobody has told of counts as missing in operations', () => {
    for (const [head, curvature] of cases) {
      const y = head === 'softmax' ? targets.softmax : targets.sigmoid;
      const withNaN = tf.where(tf.equal(y, -1), Number.NaN, y) as tf.Tensor2D;
      const [z, h] = [logits, features] as [tf.Tensor2D, tf.Tensor2D];
      const options = { head, curvature, includeBias: true, loss: true, lambda: 0.3 };
      const given = { logits: z, features: h };
      const actual = headLossOfOperations({ ...given, targets: withNaN }, options);
      const expected = headLossOfOperations(
        { ...given, targets: y as tf.Tensor2D, ignoreLabel: -1 },
        options,
      );
      for (const key of ['value', 'dLogits', 'dFeatures'] as const) {
        expectSame(actual[key], expected[key]);
      }
    }
  });
});

test('a batch without any label gives 0', () => {
  const y = tf.fill([4], -1, 'int32');
  for (const x of all(logits, features, y, { ignoreLabel: -1 })) {
    expectClose(x, tf.zerosLike(x));
  }
});

describe('what cannot be meant', () => {
  const ofSoftmax = (rows: number[][]) => () => saspPenalty(logits, features, tf.tensor2d(rows));
  const good = [1, 0, 0];
  const cases: [string, () => unknown, RegExp][] = [
    [
      'NaN',
      ofSoftmax([good, good, good, [Number.NaN, 0, 0]]),
      /to hold no NaN; set `ignoreLabel: NaN`/,
    ],
    [
      'rows of two labels',
      ofSoftmax([good, good, good, [1, 1, 0]]),
      /rows that sum to 1 .* Received: 2\.$/,
    ],
    [
      'rows of none',
      ofSoftmax([good, good, good, [0, 0, 0]]),
      /rows that sum to 1 .* `mask` or `ignoreLabel`/,
    ],
    [
      'infinity',
      ofSoftmax([good, good, good, [Number.POSITIVE_INFINITY, 0, 0]]),
      /rows that sum to 1/,
    ],
    [
      'labels of a sigmoid beyond 1',
      () => saspPenalty(logits, features, tf.fill([4, 3], 2), { head: 'sigmoid' }),
      /`targets` to lie in \[0, 1\] for a sigmoid; .* Received: 2\.$/,
    ],
    ...[Number.NaN, Number.NEGATIVE_INFINITY].map((x): [string, () => unknown, RegExp] => [
      `the value ${x}`,
      () => saspPenalty(logits, features, tf.fill([4, 3], x), { head: 'linear' }),
      /`targets` to be finite; set `ignoreLabel`/,
    ]),
    [
      'a class index that stands for nothing',
      () => saspPenalty(logits, features, tf.tensor1d([0, 1, -1, 2], 'int32')),
      /`targets` to be class indices from 0 to 2; set `ignoreLabel` .* Received: -1\.$/,
    ],
    [
      'a mask of weights',
      () =>
        saspPenalty(logits, features, tf.tensor1d([0, 1, 1, 2], 'int32'), {
          mask: tf.fill([4], 0.5),
        }),
      /`mask` to hold true or 1 .* Received: 0\.5\.$/,
    ],
  ];
  test.skipIf(onDevice()).each(cases)('%s', (_what, f, message) => {
    expect(() => tf.tidy(f as () => tf.Tensor)).toThrow(message);
    expect(() => tf.tidy(f as () => tf.Tensor)).toThrow(/^sasp: expected/);
  });

  test('sums that are 1 but for rounding are taken', () => {
    const y = tf.tensor2d([good, good, good, [0.3333, 0.3333, 0.3338]]);
    expect(() => saspPenalty(logits, features, y)).not.toThrow();
  });

  test('at λ = 0 too', () => {
    if (!onDevice()) {
      const targets = tf.zeros([4, 3]);
      expectThrows(
        () => sasp({ lambda: 0 }).penalty({ logits, features, targets }),
        /^sasp: expected `targets` to have rows that sum to 1/,
      );
    }
  });

  test('class indices with an axis more, and NaN among those of int32', () => {
    const column = tf.tensor2d([[0], [1], [2], [0]], [4, 1], 'int32');
    expectThrows(
      () => saspPenalty(logits, features, column),
      /^sasp: expected `targets` to be class indices of shape \[4\] or labels of shape \[4, 3\]; tf\.squeeze/,
    );
    const options = { ignoreLabel: 'NaN' as never };
    expectThrows(
      () => saspPenalty(logits, features, column, options),
      /^sasp: expected `ignoreLabel` to be a number, which may be NaN/,
    );
  });
});

describe('the mask of a batch', () => {
  const targets = tf.tensor1d([2, 0, 1, 2], 'int32');
  const [option, ofBatch] = [tf.tensor1d([1, 1, 1, 0]), tf.tensor1d([1, 0, 0, 0])];

  test('takes the place of the option of sasp', () => {
    const term = sasp({ mask: option });
    const inputs = { logits, features, targets };
    const expected = sasp({ mask: ofBatch }).penalty(inputs);
    expectSame(term.penalty({ ...inputs, mask: ofBatch }), expected);
    expectSame(term.penalty({ ...inputs, mask: undefined }), term.penalty(inputs));
  });

  test('and of saspNetwork, which is then that of the rows that are left', () => {
    const x = normal([4, 3], 5);
    const kernel = normal([3, 3], 6);
    const layers = (x: tf.Tensor) => [
      { input: x, kernel, activation: 'tanh' as const },
      { input: tf.tanh(tf.matMul(x, kernel)), kernel },
    ];
    const z = (x: tf.Tensor) => tf.matMul(tf.tanh(tf.matMul(x, kernel)), kernel);
    const exact = { exact: true, lambda: 1 };
    const left = tf.gather(x, some);
    const expected = saspNetworkPenalty(z(left), layers(left), {
      ...{ exact: true, root: 'ratio', scale: 'relative' },
    });
    const mask = tf.tensor1d([1, 0, 1, 0]);
    const padded = tf.where(tf.equal(tf.reshape(mask, [4, 1]), 1), x, Number.NaN);
    const inputs = { logits: z(padded), layers: layers(padded) };
    const term = saspNetwork({ ...exact, mask: tf.ones([4]) });
    expectClose(term.penalty({ ...inputs, mask }), expected, 1e-5);
    // The same by labels that are missing, of which one is masked.
    const labels = tf.tensor1d([0, -1, 1, 2], 'int32');
    const byLabels = saspNetwork({ ...exact, ignoreLabel: -1, mask: tf.tensor1d([1, 1, 1, 0]) });
    expectClose(byLabels.penalty({ ...inputs, targets: labels }), expected, 1e-5);
    expectThrows(
      () => saspNetwork({ ignoreLabel: -1 }).penalty(inputs),
      /^sasp.network: expected `targets` to be a tensor/,
    );
  });
});

test('rows of any rank: logits [B, L, C] are those of [B·L, C]', () => {
  const [z, h] = [tf.reshape(logits, [2, 2, 3]), tf.reshape(features, [2, 2, 2])];
  const targets = tf.tensor1d([2, 0, 1, 2], 'int32');
  const mask = tf.tensor1d([1, 1, 0, 1]);
  const options = { lambda: 0.5, mask };
  const expected = all(logits, features, targets, options);
  const inRows = { ...options, mask: tf.reshape(mask, [2, 2]) };
  const actual = all(z, h, tf.reshape(targets, [2, 2]), inRows);
  for (const [k, x] of actual.entries()) {
    expectSame(tf.reshape(x, (expected[k] as tf.Tensor).shape), expected[k] as tf.Tensor);
  }
  const soft = tf.reshape(tf.softmax(normal([4, 3], 3)), [2, 2, 3]);
  expectSame(saspPenalty(z, h, soft), saspPenalty(logits, features, tf.reshape(soft, [4, 3])));
});
