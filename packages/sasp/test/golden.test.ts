import * as tf from '@tensorflow/tfjs-core';
import { type Head, saspAnyLayer, saspCrossEntropy, saspPenalty } from '@toploss/sasp';
import {
  expectClose,
  expectEachClose,
  type GoldenTensor,
  golden,
  readTogether,
  tensorOf,
} from '@toploss/testing';
import { describe, expect, test } from 'vitest';

interface Trace {
  value: number;
  dLogits: GoldenTensor;
  dFeatures: GoldenTensor;
}

interface Case {
  name: string;
  head?: Head;
  logits: GoldenTensor;
  features: GoldenTensor;
  targets: GoldenTensor & { dtype?: tf.DataType };
  includeBias: boolean;
  empirical: Trace;
  exact: Trace;
}

interface SoftmaxCase extends Case {
  crossEntropy: { value: number; dLogits: GoldenTensor };
}

const inputsOf = ({ logits, features, targets }: Case) => ({
  logits: tensorOf<tf.Rank.R2>(logits),
  features: tensorOf<tf.Rank.R2>(features),
  targets: tensorOf(targets, targets.dtype) as tf.Tensor,
});

const curvatures = [
  ['fisher', 'empirical'],
  ['hessian', 'exact'],
] as const;

/** A value, and its gradients by logits and features. */
const valueAndGrads = (
  f: (z: tf.Tensor, h: tf.Tensor) => tf.Scalar,
  z: tf.Tensor,
  h: tf.Tensor,
) => {
  const { value, grads } = tf.valueAndGrads(f)([z, h]);
  return readTogether([value, ...grads]) as [GoldenTensor, GoldenTensor, GoldenTensor];
};

/** The trace and both of its gradients. */
function traceOf(
  { head = 'softmax', includeBias, ...rest }: Case,
  curvature: 'fisher' | 'hessian',
) {
  const { logits, features, targets } = inputsOf({ head, includeBias, ...rest });
  return valueAndGrads(
    (z, h) => saspPenalty(z, h, targets, { curvature, head, includeBias }),
    logits,
    features,
  );
}

const e = 1e-15; // float64 itself rounds 1 − ‖p‖² there, so the golden values are no better

test('by hand: one example of two classes', () => {
  // p = (½, ½), y = (1, 0): e = (−½, ½), ‖e‖² = ½; h = (3): S = 3² + 1 = 10; T = ½·10 = 5
  // 2 p⊙(e − ⟨p,e⟩) = e, ⟨p,e⟩ = 0: ∂T/∂z = 10·(−½, ½); ∂T/∂h = 2·½·3 = 3
  const { value, grads } = tf.valueAndGrads((z: tf.Tensor, h: tf.Tensor) =>
    saspPenalty(z as tf.Tensor2D, h as tf.Tensor2D, tf.tensor1d([0], 'int32')),
  )([tf.zeros([1, 2]), tf.tensor2d([[3]])]);
  expectClose(value, 5, 1e-6);
  expectClose(grads[0] as tf.Tensor, [-5, 5], 1e-6);
  expectClose(grads[1] as tf.Tensor, [3], 1e-6);
});

const [ofSoftmax, ofOne] = [true, false].map(async (several) =>
  (await golden<SoftmaxCase>('sasp')).filter(
    ({ logits }) => (logits.shape[1] as number) > 1 === several,
  ),
) as [Promise<SoftmaxCase[]>, Promise<SoftmaxCase[]>];

test('a softmax of one logit, which is 1, is refused', async () => {
  const cases = await ofOne;
  expect(cases.length).toBeGreaterThan(0);
  for (const given of cases) {
    expect(given.exact.value).toBe(0);
    expect(() => traceOf(given, 'fisher')).toThrow(
      /^sasp: expected `logits` to be of two classes or more for a softmax; .* "sigmoid" .* "linear"/,
    );
  }
});

describe.each([...(await ofSoftmax), ...(await golden<Case>('sasp-heads'))])('$name', (given) => {
  test.each(curvatures)('%s is the %s trace', (curvature, key) => {
    const [value, dLogits, dFeatures] = traceOf(given, curvature);
    const expected = given[key];
    expectClose(value, expected.value, 1e-5, e);
    expectClose(dLogits, expected.dLogits, 1e-5, 100 * e);
    expectClose(dFeatures, expected.dFeatures, 1e-5, 100 * e);
  });
});

describe.each(await ofSoftmax)('cross-entropy of $name', (given) => {
  const evaluate = (lambda: number, curvature: 'fisher' | 'hessian') => {
    const { logits, features, targets } = inputsOf(given);
    const options = { lambda, curvature, includeBias: given.includeBias };
    return valueAndGrads((z, h) => saspCrossEntropy(z, h, targets, options), logits, features);
  };

  test('with λ = 0', () => {
    const [value, dLogits, dFeatures] = evaluate(0, 'fisher');
    expectClose(value, given.crossEntropy.value);
    expectClose(dLogits, given.crossEntropy.dLogits);
    if (!given.name.includes('soft')) {
      expectEachClose(dLogits, given.crossEntropy.dLogits, 1e-5, e); // soft labels: p − y cancels
    }
    expect(dFeatures.data.every((x) => x === 0)).toBe(true);
  });

  test.each(curvatures)('with λ = .01 and %s', (curvature, key) => {
    const [lambda, trace, { crossEntropy }] = [0.01, given[key], given];
    const [value, dLogits, dFeatures] = evaluate(lambda, curvature);
    const combined = crossEntropy.dLogits.data.map(
      (x, k) => x + lambda * (trace.dLogits.data[k] as number),
    );
    expectClose(value, crossEntropy.value + lambda * trace.value);
    expectClose(dLogits, { ...crossEntropy.dLogits, data: combined });
    expectClose(
      dFeatures,
      { ...trace.dFeatures, data: trace.dFeatures.data.map((x) => lambda * x) },
      1e-5,
      100 * e,
    );
  });
});

interface MlpCase {
  name: string;
  x: GoldenTensor;
  labels: number[];
  params: GoldenTensor[];
  value: number;
  grads: GoldenTensor[];
}

describe.each(await golden<MlpCase>('sasp-general'))('any layers: $name', (given) => {
  const setUp = () => {
    const x = tensorOf<tf.Rank.R2>(given.x);
    const params = given.params.map((p) => tf.variable(tensorOf(p)));
    const classes = given.params.at(-1)?.shape[0] as number;
    const y = tf.cast(tf.oneHot(tf.tensor1d(given.labels, 'int32'), classes), 'float32');
    const losses = () => {
      const [W1, b1, W2, b2] = params as tf.Tensor[] as [
        tf.Tensor2D,
        tf.Tensor,
        tf.Tensor2D,
        tf.Tensor,
      ];
      const h = tf.tanh(tf.add(tf.matMul(x, W1), b1)) as tf.Tensor2D;
      const z = tf.add(tf.matMul(h, W2), b2);
      return tf.neg(tf.sum(tf.mul(y, tf.logSoftmax(z)), 1)) as tf.Tensor1D;
    };
    return { params, losses };
  };

  test.each(['central', 'forward'] as const)('value and gradients, %s', (difference) => {
    const { params, losses } = setUp();
    const before = params.map((p) => p.dataSync().slice());
    const { value, grads } = saspAnyLayer(losses, params, { difference });
    expectClose(value, given.value);
    for (const [k, { name }] of params.entries()) {
      const tolerance = difference === 'central' ? 1e-3 : 2e-2; // O(ε²) and O(ε)
      expectClose(grads[name] as tf.Tensor, given.grads[k] as GoldenTensor, tolerance);
      expect(params[k]?.dataSync()).toEqual(before[k]);
    }
    expect(Object.keys(grads)).toEqual(params.map(({ name }) => name));
  });

  test('random probes estimate it', () => {
    const { params, losses } = setUp();
    const estimate = (probes: number, seed: number) =>
      tf.tidy(() => saspAnyLayer(losses, params, { probes, seed }).value.dataSync()[0] as number);
    expect(estimate(100, 1) / given.value).toBeCloseTo(1, 0.5);
    expect(estimate(2, 3)).toBe(estimate(2, 3));
    expect(estimate(2, 3)).not.toBe(estimate(2, 4));
  });
});
