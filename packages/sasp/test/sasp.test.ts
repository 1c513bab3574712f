import * as tf from '@tensorflow/tfjs-core';
import {
  type SaspCrossEntropyOptions,
  type SaspOptions,
  sasp,
  saspAnyLayer,
  saspCrossEntropy,
  saspPenalty,
} from '@toploss/sasp';
import {
  expectClose,
  expectEachClose,
  expectFinite,
  expectNoLeak,
  expectSame,
  expectThrows,
  expectThrowsWhereSeen,
  numericalGradient,
  valuesOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const curvatures = ['fisher', 'hessian'] as const;
const heads = ['softmax', 'sigmoid', 'linear'] as const;
const settings = curvatures.flatMap((curvature) => heads.map((head) => ({ curvature, head })));

type Inputs = [tf.Tensor2D, tf.Tensor2D, tf.Tensor];
type Loss = (...inputs: Inputs) => tf.Scalar;

const penalty =
  (options: SaspOptions): Loss =>
  (z, h, y) =>
    saspPenalty(z, h, y, options);
const loss =
  (options: SaspCrossEntropyOptions): Loss =>
  (z, h, y) =>
    saspCrossEntropy(z, h, y, options);

function gradients(f: Loss, [logits, features, targets]: Inputs) {
  const { value, grads } = tf.valueAndGrads((z: tf.Tensor, h: tf.Tensor) =>
    f(z as tf.Tensor2D, h as tf.Tensor2D, targets),
  )([logits, features]);
  return { value, dLogits: grads[0] as tf.Tensor, dFeatures: grads[1] as tf.Tensor };
}

const logits = tf.tensor2d([0.5, -1, 2, 1.5, 0.25, -0.5, -2, 0, 1, 0.3, 0.2, 0.1], [4, 3]);
const features = tf.tensor2d([1, -2, 0.5, 0.25, -1, 1.5, 2, 0], [4, 2]);
const targets = tf.tensor1d([2, 0, 1, 2], 'int32');
const oneHot = tf.tensor2d([0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1], [4, 3]);
const inputs: Inputs = [logits, features, oneHot];

describe('by hand', () => {
  test('empirical Fisher', () => {
    // p = (½, ½), y = (0, 1): e = (.5, −.5), ‖e‖² = .5, S = 3² + 1 = 10, T = 5; without the bias S = 9
    const given: Inputs = [tf.zeros([1, 2]), tf.tensor2d([[3]]), tf.tensor1d([1], 'int32')];
    expectClose(saspPenalty(...given), 5, 1e-6);
    expectClose(saspPenalty(...given, { includeBias: false }), 4.5, 1e-6);
  });

  test('Hessian', () => {
    // p = (½, ½): tr A = 1 − (¼ + ¼) = ½, S = 10, T = 5; ∂T/∂z = −2·10·p⊙(p − ‖p‖²) = 0; ∂T/∂h = 2·½·3 = 3
    const given: Inputs = [tf.zeros([1, 2]), tf.tensor2d([[3]]), tf.tensor1d([1], 'int32')];
    const { value, dLogits, dFeatures } = gradients(penalty({ curvature: 'hessian' }), given);
    expectClose(value, 5, 1e-6);
    expectClose(dLogits, [0, 0]);
    expectClose(dFeatures, [3], 1e-6);
  });

  test('loss and penalty', () => {
    // CE = log 2; λT = .1·5; ∂/∂z = e + .1·10·e = 2e, as 2p⊙(e − ⟨p,e⟩) = e
    const given: Inputs = [tf.zeros([1, 2]), tf.tensor2d([[3]]), tf.tensor1d([1], 'int32')];
    const { value, dLogits, dFeatures } = gradients(loss({ lambda: 0.1 }), given);
    expectClose(value, Math.LN2 + 0.5, 1e-6);
    expectClose(dLogits, [1, -1], 1e-6);
    expectClose(dFeatures, [0.3], 1e-6);
  });

  test('loss of the other heads', () => {
    // sigmoid at 0: 2 labels, each log 2. linear: ½((1−0)² + (3−1)²) = 2.5
    const h = tf.tensor2d([[3]]);
    const y = tf.tensor2d([[0, 1]]);
    const sigmoid = { lambda: 0, head: 'sigmoid' } as const;
    expectClose(saspCrossEntropy(tf.zeros([1, 2]), h, y, sigmoid), 2 * Math.LN2, 1e-6);
    const linear = { lambda: 0, head: 'linear' } as const;
    expectClose(saspCrossEntropy(tf.tensor2d([[1, 3]]), h, y, linear), 2.5, 1e-6);
  });
});

describe.each(settings)('gradients of $curvature, $head', ({ curvature, head }) => {
  const functions: [string, Loss][] = [
    ['penalty', penalty({ curvature, head })],
    ['penalty without bias', penalty({ curvature, head, includeBias: false })],
    ['loss', loss({ curvature, head, lambda: 0.3 })],
  ];
  test.each(functions)('%s against differences', (_name, f) => {
    const { dLogits, dFeatures } = gradients(f, inputs);
    const byLogits = (z: tf.Tensor) => f(z as tf.Tensor2D, features, oneHot);
    const byFeatures = (h: tf.Tensor) => f(logits, h as tf.Tensor2D, oneHot);
    expectClose(dLogits, numericalGradient(byLogits, logits), 1e-3, 1e-6);
    expectClose(dFeatures, numericalGradient(byFeatures, features), 1e-3, 1e-6);
  });
});

test('the gradient is scaled by what follows', () => {
  const once = gradients(penalty({}), inputs);
  const thrice = gradients((...x) => tf.mul(3, saspPenalty(...x)), inputs);
  expectClose(thrice.dLogits, tf.mul(3, once.dLogits), 1e-6);
  expectClose(thrice.dFeatures, tf.mul(3, once.dFeatures), 1e-6);
});

test('class indices, one-hot and integer labels are the same', () => {
  const byIndex = gradients(penalty({}), [logits, features, targets]);
  for (const y of [oneHot, tf.cast(oneHot, 'int32')]) {
    const { value, dLogits } = gradients(penalty({}), [logits, features, y]);
    expectSame(value, byIndex.value);
    expectSame(dLogits, byIndex.dLogits);
  }
});

describe.each(settings)('mask, $curvature, $head', ({ curvature, head }) => {
  const garbage = (rows: number, columns: number, value: number) =>
    tf.fill([rows, columns], value) as tf.Tensor2D;
  const padded: Inputs = [
    tf.concat([logits, garbage(2, 3, Number.NEGATIVE_INFINITY)]),
    tf.concat([features, garbage(2, 2, Number.NaN)]),
    head === 'softmax'
      ? tf.tensor1d([2, 0, 1, 2, -1, 99], 'int32')
      : tf.concat([oneHot, garbage(2, 3, Number.NaN)]),
  ];
  const masks = [
    tf.tensor1d([1, 1, 1, 1, 0, 0], 'float32'),
    tf.tensor1d([1, 1, 1, 1, 0, 0], 'int32'),
    tf.tensor1d([true, true, true, true, false, false], 'bool'),
  ];

  test.each(masks)('hides whatever the padding holds', (mask) => {
    for (const make of [
      (more: SaspOptions) => penalty({ curvature, head, ...more }),
      (more: SaspOptions) => loss({ curvature, head, lambda: 0.3, ...more }),
    ]) {
      const expected = gradients(make({}), inputs);
      const { value, dLogits, dFeatures } = gradients(make({ mask }), padded);
      expectClose(value, expected.value, 1e-6);
      expectClose(dLogits, [...valuesOf(expected.dLogits), 0, 0, 0, 0, 0, 0], 1e-6);
      expectClose(dFeatures, [...valuesOf(expected.dFeatures), 0, 0, 0, 0], 1e-6);
    }
  });
});

test('a mask that hides all gives 0', () => {
  const { value, dLogits, dFeatures } = gradients(penalty({ mask: tf.zeros([4]) }), inputs);
  expectSame(value, [0]);
  expectFinite(dLogits, dFeatures);
});

describe('laws', () => {
  test.each(settings)('permuting the batch, $curvature, $head', (options) => {
    const order = tf.tensor1d([2, 0, 3, 1], 'int32');
    const permuted = inputs.map((x) => tf.gather(x as tf.Tensor, order)) as Inputs;
    const [a, b] = [gradients(penalty(options), inputs), gradients(penalty(options), permuted)];
    expectClose(b.value, a.value, 1e-6);
    expectClose(b.dLogits, tf.gather(a.dLogits, order), 1e-6);
    expectClose(b.dFeatures, tf.gather(a.dFeatures, order), 1e-6);
  });

  test.each(settings)('the loss is linear in λ, $curvature, $head', (options) => {
    const T = valuesOf(saspPenalty(...inputs, options))[0] as number;
    const base = valuesOf(saspCrossEntropy(...inputs, { ...options, lambda: 0 }))[0] as number;
    for (const lambda of [0.01, 0.5, 3]) {
      expectClose(saspCrossEntropy(...inputs, { ...options, lambda }), base + lambda * T, 1e-6);
      const term = sasp({ ...options, lambda });
      expectClose(term.penalty({ logits, features, targets: oneHot }), lambda * T, 1e-6);
    }
  });

  test.each(settings)('the bias adds the trace at S = 1, $curvature, $head', (options) => {
    const at = (h: tf.Tensor2D, includeBias: boolean) =>
      valuesOf(saspPenalty(logits, h, oneHot, { ...options, includeBias }))[0] as number;
    const bias = at(tf.zerosLike(features), true);
    expect(bias).toBeGreaterThan(0);
    expectClose(at(features, true), at(features, false) + bias, 1e-6);
  });

  test('at λ = 0 the features get exactly no gradient', () => {
    const { dFeatures } = gradients(loss({ lambda: 0 }), inputs);
    expectSame(dFeatures, tf.zerosLike(features));
  });
});

describe('extreme logits', () => {
  const finite: Inputs = [
    tf.tensor2d([1e4, -1e4, 0, -1e4, 1e4, 1e4], [2, 3]),
    tf.tensor2d([1, 2, 3, 4], [2, 2]),
    tf.tensor2d([0, 1, 0, 0, 1, 0], [2, 3]),
  ];
  const probabilistic = settings.filter(({ head }) => head !== 'linear');

  test.each(settings)('±1e4 stay finite, $curvature, $head', (options) => {
    for (const f of [penalty(options), loss({ ...options, lambda: 0.1 })]) {
      const { value, dLogits, dFeatures } = gradients(f, finite);
      expectFinite(value, dLogits, dFeatures);
    }
  });

  test.each(probabilistic)('−Inf where y is 0, $curvature, $head', (options) => {
    const out = Number.NEGATIVE_INFINITY;
    const z = tf.tensor2d([0.5, out, 2, out, 0.25, -0.5], [2, 3]);
    const with1e4 = tf.maximum(z, -1e4) as tf.Tensor2D;
    const h = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const y = tf.tensor2d([0, 0, 1, 0, 1, 0], [2, 3]);
    for (const f of [penalty(options), loss({ ...options, lambda: 0.1 })]) {
      const { value, dLogits, dFeatures } = gradients(f, [z, h, y]);
      const expected = gradients(f, [with1e4, h, y]);
      expectClose(value, expected.value, 1e-6);
      expectClose(dLogits, expected.dLogits, 1e-6);
      expectClose(dFeatures, expected.dFeatures, 1e-6);
    }
  });
});

test('at a margin of 20 every entry of the gradient keeps its digits', () => {
  const [z, h, lambda] = [[20, 0, -1], [0.5, -0.25], 0.01];
  // In float64, with 1 − p₀ as the sum of the others.
  const weights = z.map((x) => Math.exp(x - 20));
  const total = weights.reduce((a, b) => a + b);
  const p = weights.map((w) => w / total) as [number, number, number];
  const e = [-(p[1] + p[2]), p[1], p[2]];
  const S = 0.5 ** 2 + 0.25 ** 2 + 1;
  // e₀ − ⟨p,e⟩ = e₀(1 − p₀) − Σ p², over the others: −e₀² − Σ p²
  const q = -(e[0] as number);
  const squares = p[1] ** 2 + p[2] ** 2;
  const centred = [-(q ** 2) - squares, p[1] + p[0] * q - squares, p[2] + p[0] * q - squares];
  const expected = e.map((x, k) => x + lambda * S * 2 * (p[k] as number) * (centred[k] as number));
  const given: Inputs = [tf.tensor2d([z]), tf.tensor2d([h]), tf.tensor1d([0], 'int32')];
  const { dLogits } = gradients(loss({ lambda }), given);
  expectEachClose(dLogits, expected, 1e-5, 0);
});

test('at a margin of 40 the loss and the trace keep their digits', () => {
  // ε = e⁻⁴⁰, p = (1, ε)/(1 + ε): ℓ = −log p₀ = log(1 + ε) ≈ ε, tr A = 2 p₀ p₁ ≈ 2ε, S = 1
  // ∂ tr A/∂z₀ = 2 p₀ (1 − p₀ − tr A) ≈ 2 (ε − 2ε) = −2ε, and the other entry is its negative
  const epsilon = Math.exp(-40);
  const given: Inputs = [tf.tensor2d([[40, 0]]), tf.zeros([1, 1]), tf.tensor1d([0], 'int32')];
  expectEachClose(saspCrossEntropy(...given, { lambda: 0 }), epsilon, 2e-5, 0);
  const { value, dLogits } = gradients(penalty({ curvature: 'hessian' }), given);
  expectEachClose(value, 2 * epsilon, 2e-5, 0);
  expectEachClose(dLogits, [-2 * epsilon, 2 * epsilon], 2e-5, 0);
});

describe('bad input', () => {
  const bad = (argument: string) =>
    new RegExp(`^sasp: expected \`${argument.replace(/[()]/g, '\\$&')}\` .*Received: `, 's');
  const disposed = () => {
    const x = tf.zeros([4, 3]) as tf.Tensor2D;
    x.dispose();
    return x;
  };
  const gone = disposed();
  const [z1, h3, y3] = [tf.zeros([4]), tf.zeros([3, 2]), tf.zeros([3], 'int32')];
  const [z0, h0] = [tf.zeros([0, 3]), tf.zeros([0, 2])];
  const float = tf.tensor1d([2, 0, 1, 2], 'float32');
  const [over, under] = [tf.tensor1d([2, 0, 1, 3], 'int32'), tf.tensor1d([2, 0, 1, -1], 'int32')];
  const wide = tf.zeros([4, 4]);
  const shortMask = tf.zeros([3]);
  const cases: [string, string, unknown[]][] = [
    ['logits of rank 1', 'logits', [z1, features, targets]],
    ['an array', 'logits', [[[1, 2]], features, targets]],
    ['no logits', 'logits', [undefined, features, targets]],
    ['features of rank 1', 'features', [logits, z1, targets]],
    ['another batch of features', 'features', [logits, h3, targets]],
    ['no features', 'features', [logits, undefined, targets]],
    ['another batch of targets', 'targets', [logits, features, y3]],
    ['labels of another width', 'targets', [logits, features, wide]],
    ['no targets', 'targets', [logits, features, undefined]],
    ['float class indices', 'targets', [logits, features, float]],
    ['an empty batch', 'logits', [z0, h0, y3]],
    ['no classes', 'logits', [tf.zeros([4, 0]), features, targets]],
    ['disposed logits', 'logits', [gone, features, targets]],
    ['disposed features', 'features', [logits, gone, targets]],
    ['disposed targets', 'targets', [logits, features, gone]],
    ['class indices for sigmoid', 'targets', [logits, features, targets, { head: 'sigmoid' }]],
    ['unknown option', 'options', [logits, features, targets, { curvatur: 'fisher' }]],
    ['options that are none', 'options', [logits, features, targets, 5]],
    ['wrong curvature', 'curvature', [logits, features, targets, { curvature: 'x' }]],
    ['inherited key', 'head', [logits, features, targets, { head: 'toString' }]],
    ['wrong head', 'head', [logits, features, targets, { head: 3 }]],
    ['wrong bias', 'includeBias', [logits, features, targets, { includeBias: 1 }]],
    ['wrong mask', 'mask', [logits, features, targets, { mask: [1, 1, 1, 1] }]],
    ['short mask', 'mask', [logits, features, targets, { mask: shortMask }]],
  ];

  test.each(cases)('saspPenalty: %s', (_name, argument, args) => {
    expectThrows(() => saspPenalty(...(args as Inputs)), bad(argument));
  });

  test.each(cases.filter(([name]) => name !== 'options that are none'))(
    'saspCrossEntropy: %s',
    (_name, argument, args) => {
      expectThrows(() => saspCrossEntropy(...(args as Inputs)), bad(argument));
    },
  );

  test.each([
    ['too large', over],
    ['negative', under],
  ])('a class index that is %s', (_name, indices) => {
    for (const f of [penalty({}), loss({ lambda: 1 })]) {
      expectThrowsWhereSeen(() => f(logits, features, indices), bad('targets'));
    }
  });

  test('what was expected, and what was there instead', () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const none = () => tf.slice(tf.square(w), 0, 0) as tf.Tensor1D;
    const scalar = () => tf.sum(tf.square(w)) as unknown as tf.Tensor1D;
    const messages: [() => unknown, RegExp][] = [
      [
        () => saspPenalty(z0 as tf.Tensor2D, h0 as tf.Tensor2D, targets),
        /`logits` to have at least one example and one class. Received: float32 \[0, 3\]/,
      ],
      [
        () => saspPenalty(logits, h3 as tf.Tensor2D, targets),
        /`features` of shape \[4, D\]. Received: float32 \[3, 2\]/,
      ],
      [
        () => saspPenalty(...[logits, features, targets], { head: 'sigmoid' }),
        /`targets` of shape \[4, 3\], as the sigmoid head needs. Received: int32 \[4\]/,
      ],
      [
        () => saspPenalty(logits, features, float),
        /`targets` of dtype int32, being class indices; set `ignoreLabel: NaN` .* Received: float32 \[4\]/,
      ],
      [
        () => saspAnyLayer(scalar, [w]),
        /`perExampleLosses\(\)` of shape \[B\]. Received: float32 \[\]/,
      ],
      [
        () => saspAnyLayer(none, [w]),
        /`perExampleLosses\(\)` to hold at least one loss. Received: 0/,
      ],
    ];
    for (const [f, message] of messages) {
      expectThrows(f, message);
    }
    expectThrowsWhereSeen(
      () => saspPenalty(logits, features, over),
      /`targets` to be class indices from 0 to 2; set `ignoreLabel` .* Received: 3/,
    );
    w.dispose();
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])('λ = %s', (value) => {
    const lambda = value as number;
    expectThrows(() => sasp({ lambda }), bad('lambda'));
    expectThrows(() => saspCrossEntropy(...inputs, { lambda }), bad('lambda'));
  });

  test('saspCrossEntropy counts no steps, so it takes no schedule', () => {
    const lambda = (() => 1) as unknown as number;
    expectThrows(() => saspCrossEntropy(...inputs, { lambda }), bad('lambda'));
  });

  test('the factory checks its options at once', () => {
    expectThrows(() => sasp({ curvatur: 'fisher' } as SaspOptions), bad('options'));
    expectThrows(() => sasp({ curvature: 'x' } as unknown as SaspOptions), bad('curvature'));
    expectThrows(() => sasp({ lambda: () => Number.NaN }).penalty(term), bad('lambda(0)'));
    expectThrows(() => sasp({ lambda: () => -1 }).penalty(term, 7), bad('lambda(7)'));
  });

  test('the term names what is forgotten', () => {
    for (const name of ['logits', 'features', 'targets']) {
      expectThrows(() => sasp().penalty({ ...term, [name]: undefined }), bad(name));
    }
  });

  test('saspAnyLayer', () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const unreached = tf.variable(tf.tensor1d([1]));
    const losses = () => tf.square(w) as tf.Tensor1D;
    const options = (value: object) => () => saspAnyLayer(losses, [w], value);
    expectThrows(options({ probes: 0 }), bad('probes'));
    expectThrows(options({ seed: -1 }), bad('seed'));
    expectThrows(options({ step: 0 }), bad('step'));
    expectThrows(options({ difference: 'both' }), bad('difference'));
    expectThrows(options({ other: 1 }), bad('options'));
    expectThrows(() => saspAnyLayer(losses, []), bad('params'));
    expectThrows(() => saspAnyLayer(losses, [w, unreached]), bad('params'));
    const scalar = () => tf.sum(losses()) as unknown as tf.Tensor1D;
    expectThrows(() => saspAnyLayer(scalar, [w]), bad('perExampleLosses()'));
    const none = () => tf.slice(losses(), 0, 0);
    expectThrows(() => saspAnyLayer(none, [w]), bad('perExampleLosses()'));
  });
});

const term = { logits, features, targets };

describe('λ', () => {
  test('is .01 by default', () => {
    const T = valuesOf(saspPenalty(logits, features, targets))[0] as number;
    expectClose(sasp().penalty(term), 0.01 * T, 1e-6);
  });

  test('may be a schedule over the steps, from 0', () => {
    const T = valuesOf(saspPenalty(logits, features, targets))[0] as number;
    const scheduled = sasp({ lambda: (step) => 0.5 * (step + 1) });
    expectClose(scheduled.penalty(term), 0.5 * T, 1e-6);
    expectClose(scheduled.penalty(term, 3), 2 * T, 1e-6);
  });

  test('of 0 gives exactly 0, also when the features overflow', () => {
    const huge = tf.fill([4, 2], 1e30) as tf.Tensor2D;
    expect(valuesOf(saspPenalty(logits, huge, targets))[0]).toBe(Number.POSITIVE_INFINITY);
    for (const lambda of [0, () => 0]) {
      const f: Loss = (z, h, y) => sasp({ lambda }).penalty({ logits: z, features: h, targets: y });
      const { value, dLogits, dFeatures } = gradients(f, [logits, huge, targets]);
      expectSame(value, [0]);
      expectSame(dLogits, tf.zerosLike(logits));
      expectSame(dFeatures, tf.zerosLike(features));
    }
    const { value, dLogits } = gradients(loss({ lambda: 0 }), [logits, huge, targets]);
    expectFinite(value, dLogits);
  });

  test('of 0 leaves the loss as it is, also when a feature is infinite', () => {
    const infinite = tf.fill([4, 2], Number.POSITIVE_INFINITY) as tf.Tensor2D;
    const expected = gradients(loss({ lambda: 0 }), inputs);
    const { value, dLogits } = gradients(loss({ lambda: 0 }), [logits, infinite, oneHot]);
    expectSame(value, expected.value);
    expectSame(dLogits, expected.dLogits);
  });
});

describe('memory', () => {
  test('100 evaluations with their gradients leak nothing', () => {
    const mask = tf.ones([4]) as tf.Tensor1D;
    expectNoLeak(() => {
      for (let k = 0; k < 100; k++) {
        const { curvature, head } = settings[k % settings.length] as (typeof settings)[number];
        const options = { curvature, head, mask };
        const { value, dLogits, dFeatures } = gradients(penalty(options), inputs);
        const fused = gradients(loss({ ...options, lambda: 0.1 * (k % 2) }), inputs);
        tf.dispose([value, dLogits, dFeatures, { ...fused }]);
      }
    });
  });

  test('the same inside and outside of tf.tidy, one new tensor', () => {
    const functions = [
      () => saspPenalty(...inputs),
      () => saspCrossEntropy(...inputs),
      () => sasp().penalty(term),
      () => sasp({ lambda: 0 }).penalty(term),
    ];
    for (const f of functions) {
      const { numTensors } = tf.memory();
      const outside = f();
      expect(tf.memory().numTensors).toBe(numTensors + 1);
      const inside = tf.tidy(f);
      expect(tf.memory().numTensors).toBe(numTensors + 2);
      expectSame(inside, outside);
    }
  });

  test('saspAnyLayer leaks nothing', () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    for (const options of [{}, { probes: 2 }]) {
      expectNoLeak(() => ({ ...saspAnyLayer(() => tf.square(w), [w], options) }));
    }
  });

  test('the arguments are not changed', () => {
    const before = inputs.map((x) => valuesOf(x));
    for (const options of settings) {
      gradients(penalty({ ...options, mask: tf.tensor1d([1, 0, 1, 1]) }), inputs);
      gradients(loss({ ...options, lambda: 0.1 }), inputs);
    }
    expect(inputs.map((x) => valuesOf(x))).toEqual(before);
  });
});

test('saspAnyLayer by hand', () => {
  // ℓ = w², ∇ℓᵢ = 2wᵢ: T = ½(4·1 + 4·4) = 10; ∂T/∂w = ½·8w = (4, 8). A sign squared is 1 and the
  // examples share no parameter, so every probe is exact.
  const w = tf.variable(tf.tensor1d([1, 2]));
  for (const options of [{}, { probes: 3 }]) {
    const { value, grads } = saspAnyLayer(() => tf.square(w), [w], options);
    expectClose(value, 10, 1e-6);
    expectClose(grads[w.name] as tf.Tensor, [4, 8], 1e-3);
  }
});

test('null instead of options or inputs', () => {
  expect(() => sasp(null as never)).toThrow(/^sasp: expected `options` .*Received: null/);
  expect(() => sasp().penalty(undefined as never)).toThrow(/^sasp: expected `inputs` .*undefined/);
});

describe('the head that the model has', () => {
  const logits = tf.tensor2d([[0.3, -0.2]]);
  const features = tf.tensor2d([[1, 2]]);
  const targets = tf.tensor2d([[1, 0]]);
  const inputs = { logits, features, targets };

  test('replaces the option', () => {
    const expected = sasp({ head: 'sigmoid' }).penalty(inputs);
    expectSame(sasp().penalty({ ...inputs, head: 'sigmoid' }), expected);
    expectSame(sasp({ head: 'sigmoid' }).penalty({ ...inputs, head: 'sigmoid' }), expected);
  });

  test('is the one that the option says, or there is an error', () => {
    const given = { ...inputs, head: 'softmax' as const };
    expectThrows(
      () => sasp({ head: 'sigmoid' }).penalty(given),
      /^sasp: expected `head` to be "softmax"/,
    );
    const unknown = { ...inputs, head: 'max' as 'softmax' };
    expectThrows(() => sasp().penalty(unknown), /^sasp: expected `head` to be one of/);
  });
});
