import * as tf from '@tensorflow/tfjs-core';
import { type SbmpOptions, sbmpPenalty } from '@toploss/sbmp';
import {
  expectClose,
  expectEachClose,
  expectFinite,
  expectNoLeak,
  expectSame,
  expectThrows,
  normal,
  numericalGradient,
  onDevice,
  valuesOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const signs = (shape: number[], seed: number) =>
  tf.sub(tf.mul(2, tf.cast(tf.greater(normal(shape, seed), 0), 'float32')), 1);

type Model = (e: tf.Tensor) => tf.Tensor;

const phi = (model: Model, e: tf.Tensor, options: SbmpOptions) =>
  sbmpPenalty(model(e), model, e, options);

const W = normal([4, 3], 1);
const dense: Model = (e) => tf.matMul(tf.tanh(e), W);

describe('by hand', () => {
  // z = (0, e) at e = 0 and ê = log 3: p = (½, ½), q = (¼, ¾)
  const model: Model = (e) => tf.concat([tf.zerosLike(e), e], 1);
  const e = tf.zeros([1, 1]);
  const options = { alpha: Math.log(3), noise: tf.ones([1, 1]) };

  test('KL(sg p ‖ q)', () => {
    // ½ log 2 + ½ log ⅔ = ½ log 4/3; ∂/∂ẑ = q − p = (−¼, ¼)
    const f = (e: tf.Tensor) => phi(model, e, { ...options, symmetric: false });
    const { value, grad } = tf.valueAndGrad(f)(e);
    expectClose(value, Math.log(4 / 3) / 2, 1e-6);
    expectClose(grad, [1 / 4], 1e-6);
  });

  test('both sides', () => {
    // and KL(q ‖ p) = ¼ log ½ + ¾ log 3/2; ∂/∂ẑ = −∂/∂z, and both reach e alike
    const { value, grad } = tf.valueAndGrad((e) => phi(model, e, options))(e);
    const other = Math.log(1 / 2) / 4 + (3 / 4) * Math.log(3 / 2);
    expectClose(value, (Math.log(4 / 3) / 2 + other) / 2, 1e-6);
    expectClose(grad, [0], 0, 1e-7);
  });

  test('the mean over the rows, and over the batch', () => {
    // [1, 3, 2]: three rows of the same noise, √m = √3
    const rows: Model = (e) => tf.concat([tf.zerosLike(e), e], 2);
    const three = { alpha: Math.log(3) * Math.sqrt(3), noise: tf.ones([1, 3, 1]) };
    const row = phi(model, e, options);
    expectClose(phi(rows, tf.zeros([1, 3, 1]), three), row, 1e-6);
    expectClose(phi(rows, tf.zeros([1, 3, 1]), { ...three, reduction: 'batch' }), tf.mul(3, row));
  });
});

describe('every example moves by exactly α', () => {
  const length = (x: tf.Tensor) => tf.norm(tf.reshape(x, [x.shape[0] as number, -1]), 2, 1);
  const moves = (e: tf.Tensor, options: SbmpOptions) => {
    const seen: tf.Tensor[] = [];
    const model = (e: tf.Tensor) => {
      seen.push(tf.keep(tf.clone(e)));
      return tf.zeros([e.shape[0] as number, 2]);
    };
    sbmpPenalty(tf.zeros([e.shape[0] as number, 2]), model, e, options);
    return tf.sub(seen[0] as tf.Tensor, e);
  };

  test.each([[[5, 7]], [[3, 4, 5]], [[2, 3, 4, 5]], [[2, 2, 2, 2, 3]]])('%s', (shape) => {
    expectEachClose(length(moves(tf.zeros(shape), { alpha: 2.5, seed: 3 })), [
      ...Array(shape[0]).fill(2.5),
    ]);
  });

  test('where a mask leaves other numbers of entries', () => {
    const mask = tf.tensor2d([1, 1, 1, 1, 0, 0, 1, 0, 1], [3, 3], 'bool');
    const moved = moves(tf.zeros([3, 3, 2]), { alpha: 2, mask, seed: 1 });
    expectEachClose(length(moved), [2, 2, 2]);
    const entries = tf.mean(tf.abs(moved), 2);
    const [six, two, four] = [2 / Math.sqrt(6), 2 / Math.sqrt(2), 1];
    expectEachClose(entries, [six, six, six, two, 0, 0, four, 0, four]);
  });

  test('an example that is wholly padding does not move', () => {
    const mask = tf.tensor1d([1, 0]);
    expectEachClose(length(moves(tf.zeros([2, 3]), { alpha: 2, mask })), [2, 0]);
  });
});

describe('law: E[Φ] = α²/2m · mean tr(JᵀFJ) + O(α⁴)', () => {
  // The expectation itself: the 16 examples are one, under each of the 16 patterns of signs.
  const patterns = Array.from({ length: 16 }, (_, n) =>
    [8, 4, 2, 1].map((bit) => (n & bit ? 1 : -1)),
  );
  const noise = tf.tensor2d(patterns);
  const e = normal([1, 4], 2);
  const all = tf.tile(e, [16, 1]);

  const trace = () => {
    // J = Wᵀ diag(1 − tanh²): tr(JᵀFJ) = Σ_d (1 − tanh²)² (Σ_c p w² − (Σ_c p w)²)
    const p = valuesOf(tf.softmax(dense(e)));
    const slopes = valuesOf(e).map((x) => 1 - Math.tanh(x) ** 2);
    const w = W.arraySync() as number[][];
    return slopes.reduce((total, slope, d) => {
      const mean = (f: (w: number) => number) =>
        p.reduce((sum, pc, c) => sum + pc * f(w[d]?.[c] as number), 0);
      return total + slope ** 2 * (mean((w) => w * w) - mean((w) => w) ** 2);
    }, 0);
  };
  const error = (alpha: number, symmetric: boolean) => {
    const law = (alpha ** 2 / (2 * 4)) * trace();
    return (valuesOf(phi(dense, all, { alpha, symmetric, noise }))[0] as number) / law - 1;
  };

  test.each([true, false])('symmetric: %s', (symmetric) => {
    expect(Math.abs(error(0.05, symmetric))).toBeLessThan(2e-3);
    // of second order relative to the first term: a quarter at half the α
    expect(error(0.4, symmetric) / error(0.2, symmetric)).toBeCloseTo(4, 0);
  });

  test('drawn noise has that expectation', () => {
    const many = tf.tile(e, [20_000, 1]);
    const mean = valuesOf(phi(dense, many, { alpha: 0.05, seed: 7 }))[0] as number;
    expect(mean / ((0.05 ** 2 / 8) * trace())).toBeCloseTo(1, 1);
  });
});

describe('gradients', () => {
  const e = normal([3, 4], 3);
  const noise = signs([3, 4], 4);

  test.each([true, false])('against differences of the two KL, symmetric: %s', (symmetric) => {
    const options = { alpha: 1.5, symmetric, noise };
    const [z, zHat] = [dense(e), dense(tf.add(e, tf.mul(1.5 / 2, noise)))] as [
      tf.Tensor,
      tf.Tensor,
    ];
    const half = symmetric ? 0.5 : 1;

    const dNoisy = tf.grad((shift: tf.Tensor) =>
      sbmpPenalty(z, (x) => tf.add(dense(x), shift), e, options),
    )(tf.zeros([3, 3]));
    const moveNoisy = (zHat: tf.Tensor) => tf.mul(half, kl(z, zHat)) as tf.Scalar;
    expectClose(dNoisy, numericalGradient(moveNoisy, zHat), 2e-3);

    const dClean = tf.grad((z: tf.Tensor) => sbmpPenalty(z, dense, e, options))(z);
    const moveClean = (z: tf.Tensor) => tf.mul(half, kl(zHat, z)) as tf.Scalar;
    expectClose(dClean, symmetric ? numericalGradient(moveClean, z) : tf.zerosLike(z), 2e-3);
  });

  test('reach the variables of the model through both passes', () => {
    const w = tf.variable(W);
    const f = () => {
      const model: Model = (e) => tf.matMul(tf.tanh(e), w);
      return sbmpPenalty(model(e), model, e, { alpha: 1, noise });
    };
    const { grads } = tf.variableGrads(f as () => tf.Scalar, [w]);
    const [z, zHat] = [e, tf.add(e, tf.mul(0.5, noise))].map((x) => tf.tanh(x)) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const r = tf.div(tf.sub(tf.softmax(tf.matMul(zHat, W)), tf.softmax(tf.matMul(z, W))), 6);
    const byHand = tf.sub(tf.matMul(zHat, r, true), tf.matMul(z, r, true));
    expectClose(grads[w.name] as tf.Tensor, byHand, 1e-5);
    w.dispose();
  });

  test('are scaled by what follows', () => {
    const f = (e: tf.Tensor) => phi(dense, e, { alpha: 1, noise, symmetric: false });
    const tripled = tf.grad((e: tf.Tensor) => tf.mul(3, f(e)))(e);
    expectClose(tripled, tf.mul(3, tf.grad(f)(e)), 1e-6);
  });
});

/** mean KL(softmax z ‖ softmax ẑ), written down. */
function kl(z: tf.Tensor, zHat: tf.Tensor): tf.Scalar {
  const ratio = tf.sub(tf.logSoftmax(z as tf.Tensor2D), tf.logSoftmax(zHat as tf.Tensor2D));
  return tf.mean(tf.sum(tf.mul(tf.softmax(z), ratio), -1));
}

describe('to the last digits', () => {
  const binary: Model = (e) => tf.concat([tf.zerosLike(e), e], 1);

  test.each([1e-2, 1e-4, 1e-6, 1e-10])('noise of %s: α²/8', (alpha) => {
    for (const symmetric of [true, false]) {
      const f = (e: tf.Tensor) =>
        phi(binary, e, { alpha, symmetric: false, noise: tf.ones([1, 1]) });
      expectEachClose(phi(binary, tf.zeros([1, 1]), { alpha, symmetric }), [alpha ** 2 / 8], 2e-5);
      expectEachClose(tf.grad(f)(tf.zeros([1, 1])), [alpha / 4], 2e-5);
    }
  });

  test.each([20, 60, -60])('a margin of %s', (margin) => {
    // q odds e^(margin + ½) : 1 beside e^margin : 1, in float64
    const e = tf.tensor2d([[margin]]);
    const options = { alpha: 0.5, noise: tf.ones([1, 1]) };
    const tail = (x: number) => 1 / (1 + Math.exp(Math.abs(x)));
    const [p, q] = [tail(margin), tail(margin + 0.5)];
    // of the unlikely class p, q, of the likely one 1 − p, 1 − q
    const forward = p * Math.log(p / q) + (1 - p) * (Math.log1p(-p) - Math.log1p(-q));
    const backward = q * Math.log(q / p) + (1 - q) * (Math.log1p(-q) - Math.log1p(-p));
    // A logarithm on a device leaves 1e-7 of δ, of which the divergence has the square.
    const absolute = onDevice() ? 1e-14 : 1e-30;
    expectEachClose(phi(binary, e, { ...options, symmetric: false }), [forward], 2e-5, absolute);
    expectEachClose(phi(binary, e, options), [(forward + backward) / 2], 2e-5, absolute);
  });
});

describe('at the edges', () => {
  const e = normal([3, 4], 3);

  test('α = 0: Φ is 0, and so are its gradients', () => {
    const { value, grad } = tf.valueAndGrad((e: tf.Tensor) => phi(dense, e, { alpha: 0 }))(e);
    expectSame(value, [0]);
    expectSame(grad, tf.zerosLike(e));
  });

  test('logits of ±1e4', () => {
    const steep: Model = (e) => tf.mul(1e4, e);
    const e = tf.tensor2d([1, -1, 1, -1, 1, 1], [2, 3]);
    for (const symmetric of [true, false]) {
      const f = (e: tf.Tensor) => phi(steep, e, { alpha: 3, symmetric, noise: signs([2, 3], 5) });
      const { value, grad } = tf.valueAndGrad(f)(e);
      expectFinite(value, grad);
      expect(valuesOf(value)[0]).toBeGreaterThan(100);
    }
  });

  test('a class that is masked by −∞', () => {
    const closed = tf.tensor1d([0, Number.NEGATIVE_INFINITY, 0]);
    const masked: Model = (e) => tf.add(dense(e), closed);
    const without: Model = (e) => tf.matMul(dense(e), tf.tensor2d([1, 0, 0, 0, 0, 1], [3, 2]));
    for (const symmetric of [true, false]) {
      const options = { alpha: 1, symmetric, noise: signs([3, 4], 6) };
      const actual = tf.valueAndGrad((e: tf.Tensor) => phi(masked, e, options))(e);
      const expected = tf.valueAndGrad((e: tf.Tensor) => phi(without, e, options))(e);
      expectClose(actual.value, expected.value, 1e-6);
      expectClose(actual.grad, expected.grad, 1e-5);
    }
  });

  test('one logit is no softmax', () => {
    const one: Model = (e) => tf.sum(e, 1, true);
    expect(() => phi(one, e, { alpha: 1 })).toThrow(
      /^sbmp: expected `cleanLogits` to be of two classes or more for a softmax; .* "sigmoid" .* "linear"/,
    );
  });
});

test('never negative', () => {
  for (let seed = 0; seed < 50; seed++) {
    for (const symmetric of [true, false]) {
      const e = normal([4, 4], seed);
      const value = phi(dense, e, { alpha: 10 ** (1 - seed / 5), symmetric, seed });
      expect(valuesOf(value)[0]).toBeGreaterThanOrEqual(0);
    }
  }
});

describe('noise', () => {
  const e = normal([3, 4], 3);

  test('the same seed is the same noise, another is not', () => {
    const [first, again, other] = [1, 1, 2].map((seed) => phi(dense, e, { seed })) as [
      tf.Scalar,
      tf.Scalar,
      tf.Scalar,
    ];
    expectSame(first, again);
    expect(valuesOf(first)).not.toEqual(valuesOf(other));
  });

  test('without a seed it is another one each time', () => {
    expect(valuesOf(phi(dense, e, {}))).not.toEqual(valuesOf(phi(dense, e, {})));
  });

  test('given, it is taken as it is, of any dtype', () => {
    const noise = signs([3, 4], 9);
    expectSame(
      phi(dense, e, { noise }),
      phi(dense, e, { noise: tf.cast(noise, 'int32'), seed: 5 }),
    );
  });
});

describe('padding', () => {
  const cell: Model = (e) =>
    tf.matMul(tf.tanh(e), tf.tile(tf.expandDims(W), [e.shape[0] as number, 1, 1]));
  // The second example is one position shorter than the first.
  const mask = tf.tensor2d([1, 1, 1, 1, 1, 0], [2, 3], 'int32');
  const long = normal([2, 3, 4], 7);
  const noise = signs([2, 3, 4], 8);
  const part = (x: tf.Tensor, example: number, length: number) =>
    tf.slice(x, [example, 0, 0], [1, length, 4]);
  const alone = (model: Model, example: number, length: number, alpha: number) =>
    phi(model, part(long, example, length), { alpha, noise: part(noise, example, length) });

  test('does not count, in the noise and in the mean', () => {
    const value = phi(cell, long, { alpha: 2, noise, mask });
    const [first, second] = [alone(cell, 0, 3, 2), alone(cell, 1, 2, 2)];
    expectClose(value, tf.div(tf.add(tf.mul(3, first), tf.mul(2, second)), 5), 1e-5);
    const batch = phi(cell, long, { alpha: 2, noise, mask, reduction: 'batch' });
    expectClose(batch, tf.div(tf.add(tf.mul(3, first), tf.mul(2, second)), 2), 1e-5);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e30])('may hold %s', (junk) => {
    const live = tf.tile(tf.expandDims(tf.cast(mask, 'bool'), 2), [1, 1, 4]);
    const filled = tf.where(live, long, tf.fill([2, 3, 4], junk));
    const gradients = (e: tf.Tensor) =>
      tf.valueAndGrads((e: tf.Tensor, w: tf.Tensor) => {
        const model: Model = (e) => tf.matMul(tf.tanh(e), tf.tile(tf.expandDims(w), [2, 1, 1]));
        return phi(model, e, { alpha: 2, noise, mask });
      })([e, W]);
    const [clean, dirty] = [gradients(long), gradients(filled)];
    expectClose(dirty.value, clean.value, 1e-6);
    const [byLong, byFilled] = [clean.grads[0], dirty.grads[0]] as [tf.Tensor, tf.Tensor];
    expectClose(tf.where(live, byFilled, 0), tf.where(live, byLong, 0), 1e-6);
  });

  test('of a model that pools the positions: [B, L] mask, [B, C] logits', () => {
    const pooled: Model = (e) => {
      const live = tf.expandDims(
        tf.cast(tf.slice(mask, [0, 0], [2, e.shape[1] as number]), 'float32'),
        2,
      );
      const mean = tf.div(tf.sum(tf.mul(tf.tanh(e), live), 1), tf.sum(live, 1));
      return tf.matMul(mean, W);
    };
    const single: Model = (e) => tf.matMul(tf.mean(tf.tanh(e), 1), W);
    const value = phi(pooled, long, { alpha: 2, noise, mask });
    expectClose(value, tf.div(tf.add(alone(single, 0, 3, 2), alone(single, 1, 2, 2)), 2), 1e-5);
  });

  test('whole examples: [B]', () => {
    const flat = normal([3, 4], 3);
    const signs3 = signs([3, 4], 8);
    const two = (x: tf.Tensor) => tf.slice(x, [0, 0], [2, 4]);
    const value = phi(dense, flat, {
      noise: signs3,
      mask: tf.tensor1d([true, true, false], 'bool'),
    });
    expectClose(value, phi(dense, two(flat), { noise: two(signs3) }), 1e-6);
    const [whole, part] = [{ noise: signs3, mask: tf.tensor1d([1, 1, 0]) }, { noise: two(signs3) }];
    expectClose(
      phi(dense, flat, { ...whole, reduction: 'batch' }),
      phi(dense, two(flat), { ...part, reduction: 'batch' }),
      1e-6,
    );
  });

  test('nothing but padding: 0', () => {
    const e = normal([2, 4], 3);
    const f = (e: tf.Tensor) => phi(dense, e, { mask: tf.zeros([2]) as tf.Tensor1D });
    const { value, grad } = tf.valueAndGrad(f)(e);
    expectSame(value, [0]);
    expectSame(grad, tf.zerosLike(e));
  });

  test('everything live is no mask', () => {
    const e = normal([2, 4], 3);
    const noise = signs([2, 4], 1);
    const [masked, plain] = [{ noise, mask: tf.ones([2]) as tf.Tensor1D }, { noise }].map(
      (options) => tf.valueAndGrad((e: tf.Tensor) => phi(dense, e, options))(e),
    );
    expectClose(masked?.value as tf.Tensor, plain?.value as tf.Tensor, 1e-6);
    expectClose(masked?.grad as tf.Tensor, plain?.grad as tf.Tensor, 1e-6);
  });
});

describe('bad input', () => {
  const e = normal([3, 4], 3);
  const z = dense(e);
  const gone = tf.ones([3, 4]);
  gone.dispose();
  const cases: [string, unknown, unknown, unknown, unknown, RegExp][] = [
    ['α < 0', z, dense, e, { alpha: -1 }, /^sbmp: expected `alpha` .*≥ 0.*-1/],
    ['α NaN', z, dense, e, { alpha: Number.NaN }, /^sbmp: expected `alpha` .*NaN/],
    ['symmetric', z, dense, e, { symmetric: 1 }, /^sbmp: expected `symmetric` /],
    ['seed', z, dense, e, { seed: 0.5 }, /^sbmp: expected `seed` .*integer/],
    ['reduction', z, dense, e, { reduction: 'mean' }, /^sbmp: expected `reduction` .*"mean"/],
    [
      'noise',
      z,
      dense,
      e,
      { noise: tf.ones([4, 3]) },
      /^sbmp: expected `noise` of shape \[3, 4\].*\[4, 3\]/,
    ],
    ['noise', z, dense, e, { noise: [1, 2] }, /^sbmp: expected `noise` /],
    ['mask', z, dense, e, { mask: tf.ones([4]) }, /^sbmp: expected `mask` of shape \[3\].*\[4\]/],
    ['mask', z, dense, e, { mask: tf.ones([3, 5]) }, /^sbmp: expected `mask` of shape \[3, 4\]/],
    ['unknown', z, dense, e, { sigma: 1 }, /^sbmp: expected `options` .*"sigma"/],
    ['no embeddings', z, dense, undefined, {}, /^sbmp: expected `embeddings` .*undefined/],
    [
      'tokens',
      z,
      dense,
      tf.ones([3, 4], 'int32'),
      {},
      /^sbmp: expected `embeddings` .*float32.*int32/,
    ],
    ['a vector', z, dense, tf.ones([3]), {}, /^sbmp: expected `embeddings` .*rank ≥ 2/],
    [
      'empty',
      tf.zeros([0, 3]),
      dense,
      tf.ones([0, 4]),
      {},
      /^sbmp: expected `embeddings` .*not empty/,
    ],
    ['disposed', z, dense, gone, {}, /^sbmp: expected `embeddings` .*disposed/],
    [
      'batches',
      tf.ones([2, 3]),
      dense,
      e,
      {},
      /^sbmp: expected `cleanLogits` of shape \[3, …, C\].*\[2, 3\]/,
    ],
    ['no model', z, W, e, {}, /^sbmp: expected `modelFn` to be a function/],
    [
      'other logits',
      z,
      () => tf.ones([3, 2]),
      e,
      {},
      /^sbmp: expected `modelFn\(\)` of shape \[3, 3\].*\[3, 2\]/,
    ],
    ['no logits', z, () => undefined, e, {}, /^sbmp: expected `modelFn\(\)` .*undefined/],
  ];
  test.each(cases)('%s', (_name, z, model, e, options, message) => {
    expectThrows(
      () => sbmpPenalty(z as tf.Tensor, model as Model, e as tf.Tensor, options as SbmpOptions),
      message,
    );
  });

  test('a mask over positions that the logits have not', () => {
    const [sequences, logits] = [tf.ones([2, 3, 4]), tf.ones([2, 5, 3])];
    const mask = tf.ones([2, 3]) as tf.Tensor2D;
    expectThrows(
      () => sbmpPenalty(logits, dense, sequences, { mask }),
      /^sbmp: expected `mask` of shape \[2\], as the logits have 5 positions/,
    );
  });

  test('what the model throws comes through, and nothing stays', () => {
    const broken = () => {
      tf.ones([5]);
      throw new RangeError('of the model');
    };
    expectThrows(() => sbmpPenalty(z, broken, e), /^of the model$/);
  });
});

test('nothing leaks, and the arguments are not changed', () => {
  const e = normal([2, 3, 4], 1);
  const mask = tf.tensor2d([1, 1, 0, 1, 1, 1], [2, 3]);
  const model: Model = (e) => tf.matMul(tf.mean(e, 1), W);
  const z = model(e);
  const before = [e, z, mask].map(valuesOf);
  expectNoLeak(() => sbmpPenalty(z, model, e, { mask }));
  expectNoLeak(() => tf.valueAndGrad((e: tf.Tensor) => sbmpPenalty(model(e), model, e))(e));
  expect([e, z, mask].map(valuesOf)).toEqual(before);
});
