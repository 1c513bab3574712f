import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import {
  type Activation,
  type ActivationName,
  type DenseLayer,
  leakyRelu,
  type SaspNetworkOptions,
  saspNetwork,
  saspNetworkPenalty,
} from '@toploss/sasp';
import {
  applied,
  expectClose,
  expectEachClose,
  expectFinite,
  expectNoLeak,
  expectSame,
  expectThrows,
  expectThrowsWhereSeen,
  normal,
  numericalGradient,
  type ReadLayer,
  stackOf,
  valuesOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { activations } from '../../src/layers/activations.js';
import { sizesOf, traceByJacobians } from './jacobians.js';

// The seed keeps every pre-activation at least .1 away from a kink.
const x = normal([4, 3], 88) as tf.Tensor2D;
const params = [
  normal([3, 5], 2, 0.6),
  normal([5], 3, 0.3),
  normal([5, 4], 4, 0.5),
  normal([4], 5, 0.3),
  normal([4, 3], 6, 0.6),
  normal([3], 7, 0.3),
];

const withEntry = <T>(list: readonly T[], k: number, entry: T): T[] =>
  list.map((x, j) => (j === k ? entry : x));

type Activations = [ActivationName, ActivationName];

const modelOf = (
  theta: readonly tf.Tensor[],
  [first, second]: Activations,
  masks: readonly (tf.Tensor | undefined)[] = [],
) =>
  stackOf(
    [first, second, undefined].map((activation, l) => ({
      kernel: theta[2 * l] as tf.Tensor,
      bias: theta[2 * l + 1],
      activation,
      dropout: masks[l],
    })),
  );

function penaltyOf(
  theta: readonly tf.Tensor[],
  names: Activations,
  options: SaspNetworkOptions,
  batch = x,
) {
  const { logits, layers } = modelOf(theta, names)(batch);
  return saspNetworkPenalty(logits, layers, options);
}

const exact = { exact: true, fraction: 1, root: false };
const names = Object.keys(activations) as ActivationName[];
const heads = ['softmax', 'sigmoid', 'linear'] as const;

test('by hand: one hidden unit, two classes', () => {
  // x = 2, a = tanh(0) = 0, φ′ = 1, z = (0, 0), p = (½, ½), ξ = (1, −1): u = √½ ξ, as ⟨√p, ξ⟩ = 0.
  // tr A = ½, S₁ = 0² + 1; δ₁ = W₂u = (1·1 − 3·1)·√½ = −√2, S₀ = 2² + 1. T = ½·1 + 2·5 = 10.5
  const layers = [
    { input: tf.tensor2d([[2]]), kernel: tf.tensor2d([[0]]) },
    { input: tf.tensor2d([[0]]), kernel: tf.tensor2d([[1, 3]]) },
  ];
  const options = { activation: 'tanh', probe: tf.tensor2d([[1, -1]]) } as const;
  const T = saspNetworkPenalty(tf.zeros([1, 2]), layers, { ...options, root: false });
  expectClose(T, 10.5, 1e-6);
  expectClose(saspNetworkPenalty(tf.zeros([1, 2]), layers, options), Math.sqrt(10.5), 1e-6);
});

describe('relative', () => {
  test('by hand: two layers of one weight', () => {
    // x = 2, W₁ = 3, W₂ = ½, all linear: a = 6, z = 3. ρ₂² = ¼, ρ₁² = 9; A = 1, u = ξ = 1, δ₁ = W₂u = ½:
    // T = ρ₂²·1·a² + ρ₁²·δ₁²·x² = ¼·36 + 9·¼·4 = 18, as each of them changes z by as much as itself, 2z².
    // ρ constant: ∂T/∂W₂ = 2ρ₁²W₂x² = 36, through a = xW₁: ∂T/∂W₁ = 2ρ₂²W₁x² = 2·¼·3·4 = 6
    const [x, W1, W2] = [2, 3, 0.5].map((value) => tf.tensor2d([[value]]));
    const T = (first: tf.Tensor, second: tf.Tensor) => {
      const model = stackOf([{ kernel: first, activation: 'linear' }, { kernel: second }]);
      const { logits, layers } = model(x as tf.Tensor);
      const probe = tf.ones([1, 1]) as tf.Tensor2D;
      const options = { head: 'linear', scale: 'relative', probe, root: false } as const;
      return saspNetworkPenalty(logits, layers, options);
    };
    const { value, grads } = tf.valueAndGrads(T)([W1 as tf.Tensor, W2 as tf.Tensor]);
    expectClose(value, 18, 1e-6);
    expectClose(grads[0] as tf.Tensor, [6], 1e-6);
    expectClose(grads[1] as tf.Tensor, [36], 1e-6);
  });

  test('is not lowered by moving scale between the layers of a ReLU, as the absolute trace is', () => {
    const moved = [4, 4, 1 / 4, 1, 1, 1].map((c, k) => tf.mul(params[k] as tf.Tensor, c));
    const of = (theta: readonly tf.Tensor[], scale: 'absolute' | 'relative') =>
      penaltyOf(theta, ['relu', 'relu'], { ...exact, scale });
    expectClose(of(moved, 'relative'), of(params, 'relative'), 1e-6);
    const [before, after] = [params, moved].map((theta) => valuesOf(of(theta, 'absolute'))[0]);
    expect(Math.abs((after as number) / (before as number) - 1)).toBeGreaterThan(0.1);
  });

  test.each(heads)('is that of the Jacobians, %s, whatever is said of biases', (head) => {
    const model = (input: tf.Tensor, theta: readonly tf.Tensor[]) =>
      modelOf(theta, ['tanh', 'elu'])(input).logits;
    const expected = traceByJacobians(model, x, params, head, sizesOf(params));
    for (const includeBias of [true, false]) {
      const options = { ...exact, head, scale: 'relative', includeBias } as const;
      expectClose(penaltyOf(params, ['tanh', 'elu'], options), expected, 2e-5);
    }
  });

  test('kernels of 0 have no share, and a gradient of 0', () => {
    const zeros = params.map((p) => tf.zerosLike(p));
    const of = (...theta: tf.Tensor[]) =>
      penaltyOf(theta, ['tanh', 'tanh'], { scale: 'relative', seed: 1 });
    expectClose(of(...zeros), 1e-4, 1e-5); // √1e-8
    for (const grad of tf.grads(of)(zeros)) {
      expectSame(grad, tf.zerosLike(grad));
    }
  });
});

describe.each(names)('%s', (name) => {
  test('the exact trace is that of the Jacobians', () => {
    const apply = applied[name] as (s: tf.Tensor) => tf.Tensor;
    const model = (input: tf.Tensor, theta: readonly tf.Tensor[]) => {
      const layer = (h: tf.Tensor, k: number) =>
        tf.add(tf.matMul(h as tf.Tensor2D, theta[k] as tf.Tensor2D), theta[k + 1] as tf.Tensor);
      return layer(apply(layer(apply(layer(input, 0)), 2)), 4) as tf.Tensor2D;
    };
    for (const head of heads) {
      const T = penaltyOf(params, [name, name], { ...exact, head });
      expectClose(T, traceByJacobians(model, x, params, head), 2e-5);
    }
  });

  test('the gradients are those of differences', () => {
    for (const root of [true, false]) {
      const probe = normal([4, 3], 8) as tf.Tensor2D;
      const phi = (...theta: tf.Tensor[]) => penaltyOf(theta, [name, name], { probe, root });
      const grads = tf.grads(phi)(params);
      for (const [k, grad] of grads.entries()) {
        const along = (p: tf.Tensor) => phi(...withEntry(params, k, p));
        expectClose(grad, numericalGradient(along, params[k] as tf.Tensor, 0.01), 3e-3, 2e-4);
      }
    }
  });

  test('slope is the slope of the activation, and bend that of slope', () => {
    const apply = applied[name] as (s: tf.Tensor) => tf.Tensor;
    const { reads, slope, bend } = activations[name] as (typeof activations)['tanh'];
    const s = tf.tensor1d([-3, -1.2, -0.4, 0.3, 0.9, 2.5, 5.5, 7]);
    const h = 1e-2;
    const difference = (f: (s: tf.Tensor) => tf.Tensor) =>
      tf.div(tf.sub(f(tf.add(s, h)), f(tf.sub(s, h))), 2 * h);
    const read = (s: tf.Tensor) => (reads === 'output' ? apply(s) : s);
    expectClose(slope(read(s)), difference(apply), 1e-3);
    const secondByS = difference((s) => slope(read(s)));
    const phi = reads === 'output' ? slope(read(s)) : tf.onesLike(s);
    expectClose(bend ? tf.mul(bend(read(s)), phi) : tf.zerosLike(s), secondByS, 1e-3, 1e-4);
  });
});

describe('of different activations, with and without dropout', () => {
  const pairs: Activations[] = [
    ['tanh', 'linear'], // one of them bends
    ['linear', 'softplus'],
    ['swish', 'tanh'], // one of them reads its pre-activation
    ['sigmoid', 'gelu'],
  ];
  const kept = (width: number, seed: number) =>
    tf.mul(2, tf.step(normal([4, width], seed))) as tf.Tensor;
  const masks = [kept(3, 21), kept(5, 22), kept(4, 23)];
  const given: [string, tf.Tensor[]][] = [
    ['without', []],
    ['with', masks],
  ];
  const cases = pairs.flatMap((pair) =>
    given.map(([name, dropped]) => [pair.join(', '), name, pair, dropped] as const),
  );

  test.each(cases)(
    '%s, %s dropout: the exact trace is that of the Jacobians',
    (_, __, pair, of) => {
      const model = (input: tf.Tensor, theta: readonly tf.Tensor[]) =>
        modelOf(theta, pair, of)(input).logits;
      const { logits, layers } = modelOf(params, pair, of)(x);
      const trace = (options: SaspNetworkOptions) =>
        saspNetworkPenalty(logits, layers, { ...exact, ...options });
      expectClose(trace({}), traceByJacobians(model, x, params, 'softmax'), 2e-5);
      expectClose(
        trace({ scale: 'relative', head: 'sigmoid' }),
        traceByJacobians(model, x, params, 'sigmoid', sizesOf(params)),
        2e-5,
      );
    },
  );

  test.each(cases)('%s, %s dropout: the gradients are those of differences', (_, __, pair, of) => {
    const probe = normal([4, 3], 8) as tf.Tensor2D;
    for (const head of heads) {
      const phi = (input: tf.Tensor, ...theta: tf.Tensor[]) => {
        const { logits, layers } = modelOf(theta, pair, of)(input);
        return saspNetworkPenalty(logits, layers, { head, probe, mask });
      };
      const mask = tf.tensor1d([1, 0, 1, 1]);
      const at = [x, ...params];
      for (const [k, grad] of tf.grads(phi)(at).entries()) {
        const along = (p: tf.Tensor) => phi(...(withEntry(at, k, p) as [tf.Tensor]));
        expectClose(grad, numericalGradient(along, at[k] as tf.Tensor, 0.01), 3e-3, 3e-4);
      }
    }
  });

  test('the mean over all probes of signs is the exact trace of what is left', () => {
    const { logits, layers } = modelOf(params, ['tanh', 'swish'], masks)(x);
    const mask = tf.tensor1d([1, 1, 0, 1], 'int32');
    const estimates = Array.from({ length: 8 }, (_, k) => {
      const signs = [k & 1, k & 2, k & 4].map((bit) => (bit ? 1 : -1));
      const probe = tf.tile(tf.tensor2d([signs]), [4, 1]) as tf.Tensor2D;
      const T = saspNetworkPenalty(logits, layers, { probe, mask, root: false });
      return valuesOf(T)[0] as number;
    });
    const mean = estimates.reduce((a, b) => a + b) / 8;
    expectClose(mean, saspNetworkPenalty(logits, layers, { ...exact, mask }), 1e-5);
  });
});

describe('counts no bias where a layer has none', () => {
  // p = ½, ½ at every kernel of zeros: tr A = ½, S = ‖x‖² = 9 + 16, and 1 more for a bias
  const kernel = tf.zeros([2, 2]) as tf.Tensor2D;
  test.each([
    [{ kernel, includeBias: false }, 12.5],
    [{ kernel }, 13],
  ])('%o', (layer, T) => {
    const layers = [{ input: tf.tensor2d([[3, 4]]), ...layer }];
    expectClose(saspNetworkPenalty(tf.zeros([1, 2]), layers, exact), T, 1e-6);
  });
});

describe('the probe', () => {
  test('random signs give the exact trace on the average: over all of them, exactly', () => {
    const signs = Array.from({ length: 8 }, (_, k) =>
      [k & 1, k & 2, k & 4].map((bit) => (bit ? 1 : -1)),
    );
    for (const head of heads) {
      const estimates = signs.map((row) => {
        const probe = tf.tile(tf.tensor2d([row]), [4, 1]) as tf.Tensor2D;
        return valuesOf(
          penaltyOf(params, ['tanh', 'elu'], { head, probe, root: false }),
        )[0] as number;
      });
      const mean = estimates.reduce((a, b) => a + b) / estimates.length;
      expectClose(mean, penaltyOf(params, ['tanh', 'elu'], { ...exact, head }), 1e-5);
      expect(new Set(estimates.map((T) => T.toPrecision(4))).size).toBeGreaterThan(
        head === 'softmax' ? 2 : 1,
      );
    }
  });

  test('a seed gives the same, another seed another', () => {
    const of = (seed: number) => valuesOf(penaltyOf(params, ['tanh', 'tanh'], { seed }));
    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
  });

  test('a head of one layer needs none', () => {
    const layer = { input: x, kernel: params[0] as tf.Tensor2D };
    const z = tf.matMul(x, layer.kernel) as tf.Tensor2D;
    const of = (seed: number) => saspNetworkPenalty(z, [layer], { seed, fraction: 1 });
    expectSame(of(1), of(2));
  });

  test('of a linear head of one layer, by hand', () => {
    // A = I: T = C mean(‖x‖² + 1) = 2·((1 + 1) + (4 + 1))/2 = 7, and ∂T/∂x = 2 C x/B = 2 x
    const kernel = tf.ones([1, 2]) as tf.Tensor2D;
    const phi = (input: tf.Tensor) =>
      saspNetworkPenalty(tf.zeros([2, 2]), [{ input: input as tf.Tensor2D, kernel }], {
        head: 'linear',
        fraction: 1,
        root: false,
      });
    const { value, grad } = tf.valueAndGrad(phi)(tf.tensor2d([1, 2], [2, 1]));
    expectClose(value, 7, 1e-6);
    expectClose(grad, tf.tensor2d([2, 4], [2, 1]), 1e-6);
  });

  test('of sigmoid at logits of ±200 is 0, as e⁻²⁰⁰ is', () => {
    const layer = { input: tf.ones([1, 1]), kernel: tf.ones([1, 2]) } as DenseLayer;
    const phi = (z: tf.Tensor) =>
      saspNetworkPenalty(z as tf.Tensor2D, [layer], { head: 'sigmoid', root: false, seed: 1 });
    const { value, grad } = tf.valueAndGrad(phi)(tf.tensor2d([[200, -200]]));
    expectClose(value, 0, 0, 1e-30);
    expectClose(grad, [0, 0], 0, 1e-30);
  });

  test.each([20, 60])('keeps its digits at a margin of %d', (margin) => {
    // ξ = (1, 1, −1), p ≈ (1, ε, 2ε): u₀ ≈ −(√ε − √2ε), to first order in √ε
    const z = tf.tensor2d([[margin, 0, Math.log(2)]]);
    const probe = tf.tensor2d([[1, 1, -1]]);
    const layers = [
      { input: tf.ones([1, 1]), kernel: tf.ones([1, 1]) },
      { input: tf.tensor2d([[1]]), kernel: tf.tensor2d([[1, 0.5, -2]]) },
    ] as DenseLayer[];
    const phi = (z: tf.Tensor) =>
      saspNetworkPenalty(z as tf.Tensor2D, layers, { activation: 'linear', probe, root: false });
    const { value, grad } = tf.valueAndGrad(phi)(z);
    const float64 = (z: readonly number[]) => {
      const exps = z.map((x) => Math.exp(x - (z[0] as number)));
      const total = exps.reduce((a, b) => a + b);
      const others = exps.slice(1).reduce((a, b) => a + b) / total;
      const p = exps.map((x) => x / total);
      const r = p.map((x, c) => Math.sqrt(x) * (c === 2 ? -1 : 1));
      const [r0, r1, r2] = r as [number, number, number];
      const t = r0 + r1 + r2;
      const u = [
        r0 * others - (p[0] as number) * (r1 + r2),
        r1 - (p[1] as number) * t,
        r2 - (p[2] as number) * t,
      ];
      const delta = (u[0] as number) + 0.5 * (u[1] as number) - 2 * (u[2] as number);
      const trA = (p[0] as number) * others + p.slice(1).reduce((sum, q) => sum + q * (1 - q), 0);
      return trA * 2 + delta ** 2 * 2;
    };
    const at = Array.from(z.dataSync());
    expectClose(value, float64(at), 1e-5, 0);
    const slopes = at.map((_, c) => {
      const f = (h: number) => float64(at.map((x, k) => (k === c ? x + h : x)));
      return (8 * (f(1e-3) - f(-1e-3)) - (f(2e-3) - f(-2e-3))) / 12e-3;
    });
    expectEachClose(grad, slopes, 2e-5, 0);
  });
});

describe('the part of the batch', () => {
  const batch = normal([10, 3], 9) as tf.Tensor2D;
  const names: Activations = ['relu', 'sigmoid'];
  const of = (rows: tf.Tensor2D, options: SaspNetworkOptions) =>
    penaltyOf(params, names, { root: false, ...options }, rows);

  test('blocks follow the seed, and every row is in one', () => {
    const probe = normal([10, 3], 10) as tf.Tensor2D;
    for (const [seed, start] of [
      [0, 0],
      [1, 3],
      [2, 6],
      [3, 7],
      [4, 0],
    ] as const) {
      expectClose(
        of(batch, { fraction: 0.25, seed, probe }),
        of(tf.slice(batch, start, 3), { probe: tf.slice(probe, start, 3) }),
        1e-6,
      );
    }
  });

  test('the gradient is that of those rows', () => {
    const options = { fraction: 0.3, seed: 1, exact: true };
    const [whole, part] = [batch, tf.slice(batch, 3, 3)].map((rows, k) =>
      tf.grads((...theta: tf.Tensor[]) =>
        penaltyOf(theta, names, k === 0 ? options : exact, rows as tf.Tensor2D),
      )(params),
    ) as [tf.Tensor[], tf.Tensor[]];
    const root = Math.sqrt(valuesOf(of(tf.slice(batch, 3, 3), exact))[0] as number);
    for (const [k, grad] of whole.entries()) {
      expectClose(grad, tf.div(part[k] as tf.Tensor, 2 * root), 1e-5, 1e-8);
    }
  });

  test('is a quarter of an estimate by default, and all of the exact trace or of a probe', () => {
    const probe = normal([10, 3], 10) as tf.Tensor2D;
    expectSame(of(batch, { seed: 1 }), of(batch, { seed: 1, fraction: 0.25 }));
    expectSame(of(batch, { seed: 1, exact: true }), of(batch, { ...exact, seed: 1 }));
    expectSame(of(batch, { seed: 1, probe }), of(batch, { seed: 1, probe, fraction: 1 }));
    expect(valuesOf(of(batch, { seed: 1 }))).not.toEqual(
      valuesOf(of(batch, { seed: 1, fraction: 1 })),
    );
  });

  test('a batch of one', () => {
    expectFinite(of(tf.slice(batch, 0, 1), { fraction: 0.25 }));
  });

  test('the exact trace of the whole is the mean of its parts', () => {
    const halves = [0, 5].map(
      (start) => valuesOf(of(tf.slice(batch, start, 5), exact))[0] as number,
    );
    expectClose(of(batch, exact), (halves[0] as number) / 2 + (halves[1] as number) / 2, 1e-5);
  });
});

describe('layers', () => {
  const dense = (theta: readonly tf.Tensor[], names: Activations) => modelOf(theta, names)(x);

  const withoutActivations = (layers: readonly ReadLayer[]): DenseLayer[] =>
    layers.map(({ activation, ...bare }) => bare);

  test('the option says what the layers need not', () => {
    const { logits, layers } = dense(params, ['tanh', 'elu']);
    const bare = withoutActivations(layers);
    const options = { seed: 1 };
    const expected = saspNetworkPenalty(logits, layers, options);
    expectSame(
      saspNetworkPenalty(logits, bare, { ...options, activation: ['tanh', 'elu'] }),
      expected,
    );
    expectThrows(
      () => saspNetworkPenalty(logits, bare, options),
      /sasp.network: expected `activation`.*undefined/,
    );
    expectThrows(
      () => saspNetworkPenalty(logits, layers, { activation: 'tanh' }),
      /`layers\[1\].activation` to be what the option/,
    );
    expectThrows(
      () => saspNetworkPenalty(logits, bare, { activation: ['tanh'] }),
      /`activation` to be one for each of the 2 hidden layers/,
    );
  });

  test('a last layer may say that it is linear', () => {
    const { logits, layers } = dense(params, ['tanh', 'elu']);
    const [first, second, last] = layers as [DenseLayer, DenseLayer, DenseLayer];
    expectSame(
      saspNetworkPenalty(logits, [first, second, { ...last, activation: 'linear' }], exact),
      saspNetworkPenalty(logits, layers, exact),
    );
  });

  test('a slope of its own', () => {
    const { logits, layers } = dense(params, ['leakyRelu', 'leakyRelu']);
    const bare = withoutActivations(layers);
    const of = (alpha: number) =>
      saspNetworkPenalty(logits, bare, { ...exact, activation: leakyRelu(alpha) });
    expectSame(of(0.2), saspNetworkPenalty(logits, layers, exact));
    expect(valuesOf(of(0.5))).not.toEqual(valuesOf(of(0.2)));
    expect(leakyRelu(0.5)).toMatchObject({ reads: 'output', range: [-Infinity, Infinity] });
  });

  test('an activation of its own that is bounded above alone', () => {
    const negated: Activation = {
      reads: 'output',
      slope: (a) => tf.neg(tf.step(tf.neg(a))),
      range: [Number.NEGATIVE_INFINITY, 0],
    };
    const layer = (h: tf.Tensor, k: number) =>
      tf.add(tf.matMul(h as tf.Tensor2D, params[k] as tf.Tensor2D), params[k + 1] as tf.Tensor);
    const first = tf.neg(tf.relu(layer(x, 0)));
    const second = tf.neg(tf.relu(layer(first, 2)));
    const own = [x, first, second].map((input, l) => ({
      input,
      kernel: params[2 * l] as tf.Tensor,
    }));
    const options = { ...exact, activation: negated };
    expectFinite(saspNetworkPenalty(layer(second, 4), own, options));
    const other = modelOf(params, ['tanh', 'tanh'])(x);
    expectThrowsWhereSeen(
      () =>
        saspNetworkPenalty(other.logits, withoutActivations(other.layers), {
          ...exact,
          activation: negated,
        }),
      /to lie in \[-Infinity, 0\]/,
    );
  });

  test('a pre-activation that is not asked for changes nothing', () => {
    const { logits, layers } = dense(params, ['tanh', 'elu']);
    const more = layers.map((layer) => ({ ...layer, preActivation: tf.fill([4, 5], 9) }));
    for (const options of [exact, { seed: 1 }]) {
      expectSame(
        saspNetworkPenalty(logits, more, options),
        saspNetworkPenalty(logits, layers, options),
      );
    }
  });

  test('scaling between two layers that changes nothing but the weights', () => {
    // relu(s·a) = s·relu(a): W₁ → sW₁, W₂ → W₂/s is the same function; the trace changes as the weights do
    const scaled = [
      tf.mul(params[0] as tf.Tensor, 2),
      tf.mul(params[1] as tf.Tensor, 2),
      tf.div(params[2] as tf.Tensor, 2),
      ...params.slice(3),
    ];
    const share = (theta: readonly tf.Tensor[], k: number) => {
      const { logits, layers } = dense(theta, ['relu', 'relu']);
      const options = { ...exact, includeBias: false };
      return k === 0
        ? (valuesOf(saspNetworkPenalty(logits, layers, options))[0] as number)
        : (valuesOf(saspNetworkPenalty(logits, layers.slice(k), options))[0] as number);
    };
    // Share of the first layer: ∂/∂W₁ halves; of the second, it doubles.
    type Shares = { first: number; second: number; third: number };
    const [before, after] = [params, scaled].map((theta) => {
      const [all, second, third] = [0, 1, 2].map((k) => share(theta, k)) as [
        number,
        number,
        number,
      ];
      return { first: all - second, second: second - third, third };
    }) as [Shares, Shares];
    expectClose(after.first, before.first / 4, 1e-4);
    expectClose(after.second, before.second * 4, 1e-4);
    expectClose(after.third, before.third, 1e-4);
  });

  const { logits, layers } = dense(params, ['tanh', 'tanh']);
  const [first, second, third] = layers as [DenseLayer, DenseLayer, DenseLayer];
  const refuse = (given: unknown, message: RegExp, options: SaspNetworkOptions = {}) =>
    expectThrows(() => saspNetworkPenalty(logits, given as DenseLayer[], options), message);

  test('what does not fit', () => {
    refuse([], /`layers` to be an array of at least one layer. Received: an array of 0/);
    refuse(undefined, /`layers` to be an array/);
    refuse([null], /`layers\[0\]` to be an object/);
    refuse([first, third], /`layers\[1\].input` of shape \[4, 5\], as layers\[0\] makes it/);
    refuse([first, second], /`logits` of shape \[4, 4\], as layers\[1\] makes it/);
    refuse(
      [first, { ...second, kernel: first.kernel }, third],
      /`layers\[1\].kernel` of shape \[5, fanOut\]/,
    );
    refuse(
      [{ ...first, input: tf.zeros([3, 3]) }, second, third],
      /`layers\[0\].input` of shape \[4, fanIn\]/,
    );
    refuse(
      [first, { ...second, dropout: tf.ones([4, 2]) }, third],
      /`layers\[1\].dropout` of shape \[4, 5\]/,
    );
    const noise =
      /for any other layer, take weight noise: .saspWeightsPenalty., or .modelFn.*Received: "gamma"/;
    refuse([first, { ...second, gamma: 1 }, third], noise);
    const image = { input: tf.zeros([4, 2, 2, 1]), kernel: tf.zeros([2, 2, 1, 5]) };
    refuse(
      [image, second, third],
      /`layers\[0\].kernel` of a dense layer.*for a convolution, take weight noise.*float32 \[2, 2, 1, 5\]/,
    );
    refuse([{ ...image, pool: 'max' }, third], /for any other layer.*Received: "pool"/);
    refuse(
      [first, second, { ...third, activation: 'relu' }],
      /`layers\[2\].activation` to be left out: the last layer makes the logits/,
    );
    refuse(
      [first, { ...second, activation: 'tahn' }, third],
      /^sasp.network: expected `layers\[1\].activation` to be one of "linear", "relu".*"tahn"/,
    );
    const bare = withoutActivations(layers);
    refuse(bare, /^sasp.network: expected `activation` to be one of "linear", "relu"/, {
      activation: 'relU' as 'relu',
    });
    const flat = { reads: 'output' } as Activation;
    refuse(bare, /`activation` to be one of .*, or an Activation/, { activation: flat });
    const vector = tf.zeros([4]);
    expectThrows(
      () => saspNetworkPenalty(vector, layers),
      /`logits` of shape \[B, C\]. Received: float32 \[4\]/,
    );
    const nothing = tf.zeros([0, 3]) as tf.Tensor2D;
    expectThrows(
      () => saspNetworkPenalty(nothing, layers),
      /`logits` to have at least one example and one class. Received: float32 \[0, 3\]/,
    );
  });

  test('an input beyond the range of the activation before it', () => {
    const doubled = { ...second, input: tf.mul(second.input, 3) as tf.Tensor2D };
    const negative = [{ ...first, activation: 'relu' }, second, third];
    const cases: [unknown[], RegExp][] = [
      [[first, doubled, third], /`layers\[1\].input` to lie in \[-1, 1\].*dropout.*normalization/],
      [negative, /`layers\[1\].input` to lie in \[0, Infinity\]/],
    ];
    for (const [given, message] of cases) {
      expectThrowsWhereSeen(
        () => saspNetworkPenalty(logits, given as DenseLayer[], { fraction: 1 }),
        message,
      );
    }
  });

  test('a pre-activation where the slope needs it', () => {
    const bare = [{ ...first, activation: 'swish' }, { ...second, activation: 'gelu' }, third];
    refuse(
      bare,
      /`layers\[0\].preActivation` to be a tensor of shape \[4, 5\]. Received: undefined/,
    );
  });

  test('options', () => {
    const bad = (options: object, message: RegExp) => refuse(layers, message, options);
    bad({ fraction: 0 }, /`fraction` to be in \(0, 1\]/);
    bad({ fraction: 1.5 }, /`fraction`/);
    bad({ fraction: Number.NaN }, /`fraction`/);
    bad({ seed: -1 }, /`seed` to be an integer ≥ 0/);
    const narrow = tf.zeros([4, 2]);
    bad({ probe: narrow }, /`probe` of shape \[4, 3\]/);
    bad({ head: 'hinge' }, /`head`/);
    bad({ lambda: 1 }, /`options` to have keys among/);
    bad({ activation: 3 }, /`activation`/);
    for (const activation of [3, null]) {
      const wrong = { activation } as object;
      expectThrows(() => saspNetwork(wrong), /`activation` to be the name of an activation/);
    }
    expectThrows(() => saspNetwork({ every: 0 }), /`every` to be an integer ≥ 1/);
    expectThrows(() => saspNetwork({ lambda: -1 }), /`lambda`/);
    expectThrows(() => saspNetwork({ probe: narrow } as object), /`options` to have keys among/);
  });
});

describe('the term', () => {
  const inputs = modelOf(params, ['tanh', 'relu'])(x);
  const phi = (options: SaspNetworkOptions) =>
    valuesOf(saspNetworkPenalty(inputs.logits, inputs.layers, options))[0] as number;
  const defaults = { root: 'ratio', scale: 'relative', fraction: 1 } as const;

  test('by default the ratio of all rows, at every fourth step with 4, and without a step with 1', () => {
    const term = saspNetwork({ seed: 7 });
    expect(term.lambda).toBe(1);
    expect(term.every).toBe(4);
    expectClose(term.penalty(inputs), phi({ ...defaults, seed: 7 }), 1e-6);
    const values = [0, 1, 2, 3, 4].map((step) => valuesOf(term.penalty(inputs, step))[0] as number);
    const [first, second] = [7, 8].map((seed) => 4 * phi({ ...defaults, seed }));
    expectClose(values, [first as number, 0, 0, 0, second as number], 1e-6);
    expect(values[0]).toBeGreaterThan(0);
    for (const root of [true, false]) {
      const other = saspNetwork({ root, seed: 7 });
      expect(other.lambda).toBe(0.1);
      expectClose(other.penalty(inputs), 0.1 * phi({ ...defaults, root, seed: 7 }), 1e-6);
    }
  });

  test('λ·Φ, at every step with another probe', () => {
    const term = saspNetwork({ lambda: (step) => 0.1 * (step + 1), every: 1, seed: 7 });
    for (const step of [0, 1, 2]) {
      const expected = 0.1 * (step + 1) * phi({ ...defaults, seed: 7 + step });
      expectClose(term.penalty(inputs, step), expected, 1e-6);
    }
  });

  test('every third step with 3λ, and nothing in between', () => {
    const term = saspNetwork({ lambda: 0.2, every: 3, seed: 7 });
    const values = [0, 1, 2, 3, 4].map((step) => valuesOf(term.penalty(inputs, step))[0] as number);
    const [first, second] = [7, 8].map((seed) => 0.6 * phi({ ...defaults, seed }));
    expectClose(values, [first as number, 0, 0, second as number, 0], 1e-6);
  });

  test('λ = 0 is nothing at all', () => {
    const huge = { ...inputs, logits: tf.mul(inputs.logits, 1e20) as tf.Tensor2D };
    expectSame(saspNetwork({ lambda: 0 }).penalty(huge), 0);
    const none = (z: tf.Tensor) =>
      saspNetwork({ lambda: 0 }).penalty({ ...huge, logits: z as tf.Tensor2D });
    expectSame(tf.grad(none)(huge.logits), tf.zeros([4, 3]));
  });

  test('of no inputs', () => {
    expectThrows(
      () => saspNetwork().penalty(undefined as never),
      /^sasp.network: expected `inputs` to be an object. Received: undefined/,
    );
  });

  test('leaks nothing, and changes none of its arguments', () => {
    const before = valuesOf(inputs.logits);
    for (const options of [
      {},
      { root: false },
      { exact: true },
      { every: 2 },
      { head: 'sigmoid' },
    ] as const) {
      expectNoLeak(() => saspNetwork({ every: 1, ...options }).penalty(inputs, 1));
    }
    expect(valuesOf(inputs.logits)).toEqual(before);
  });

  test('in trainStep, every parameter gets what differences say', () => {
    const theta = params.map((p) => tf.variable(p));
    const before = theta.map((p) => valuesOf(p));
    const learningRate = 0.1;
    const absolute = { root: true, scale: 'absolute', seed: 2, fraction: 0.5 } as const;
    const step = trainStep({
      optimizer: tf.train.sgd(learningRate),
      params: theta,
      // γ, and the size of the kernels, are constant in the gradient; so differences are of the root of the absolute trace.
      terms: [saspNetwork({ ...absolute, lambda: 0.3, every: 1 })],
    });
    const forward = () => {
      const { logits, layers } = modelOf(theta, ['softplus', 'selu'])(x);
      return { loss: tf.mean(tf.square(logits)) as tf.Scalar, logits, layers };
    };
    const { numTensors } = tf.memory();
    const losses = step(forward);
    tf.dispose(losses);
    expect(tf.memory().numTensors).toBe(numTensors);

    const total = (...p: tf.Tensor[]) => {
      const { logits, layers } = modelOf(p, ['softplus', 'selu'])(x);
      const penalty = saspNetworkPenalty(logits, layers, absolute);
      return tf.add(tf.mean(tf.square(logits)), tf.mul(0.3, penalty)) as tf.Scalar;
    };
    for (const [k, p] of params.entries()) {
      const grad = numericalGradient((q) => total(...withEntry(params, k, q)), p, 0.01);
      const moved = valuesOf(theta[k] as tf.Tensor).map(
        (value, j) => ((before[k]?.[j] as number) - value) / learningRate,
      );
      expectClose(moved, grad, 5e-3, 2e-3);
    }
    tf.dispose(theta);
  });

  test('takes the head that the model has', () => {
    const { logits, layers } = modelOf(params, ['tanh', 'tanh'])(x);
    const settings = { seed: 2, lambda: 1 };
    const expected = saspNetwork({ ...settings, head: 'sigmoid' }).penalty({ logits, layers });
    expectSame(saspNetwork(settings).penalty({ logits, layers, head: 'sigmoid' }), expected);
    expectThrows(
      () => saspNetwork({ head: 'linear' }).penalty({ logits, layers, head: 'sigmoid' }),
      /^sasp.network: expected `head` to be "sigmoid"/,
    );
  });
});
