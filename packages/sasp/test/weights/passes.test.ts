import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type SaspWeightsOptions, saspWeightsPenalty } from '@toploss/sasp';
import {
  expectClose,
  expectFinite,
  expectNoLeak,
  expectThrows,
  expectThrowsWhereSeen,
  normal,
  onDevice,
  valuesOf,
} from '@toploss/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

const x = normal([4, 3], 1);
let params: tf.Variable[];
/** Negative zeros, subnormal and large numbers among the weights. */
const odd = () => Float32Array.of(-0, 1e-40, 3e-8, 0.1, -0.3, 1 / 3);

function made(): { W: tf.Variable; b: tf.Variable; f: (x: tf.Tensor) => tf.Tensor } {
  const [W, b] = [tf.variable(tf.tensor(odd(), [3, 2])), tf.variable(tf.tensor1d([0.2, -0]))];
  params = [W, b];
  const f = (x: tf.Tensor) => tf.add(tf.matMul(x as tf.Tensor2D, W as tf.Variable<tf.Rank.R2>), b);
  return { W, b, f };
}

afterEach(() => tf.disposeVariables());

/** The bits of all weights. */
const bits = () =>
  params.map((p) => Array.from(new Uint32Array(Float32Array.from(p.dataSync()).buffer)));

const absolute = { scale: 'absolute', seed: 1, sigma: 0.5 } as const;

describe('the weights', () => {
  test('are shaken while the model runs, and their own bits again afterwards', () => {
    const { f } = made();
    const before = bits();
    const during: number[][][] = [];
    const z = f(x);
    const watched = (x: tf.Tensor) => {
      during.push(bits());
      return f(x);
    };
    saspWeightsPenalty(z, watched, x, params, absolute);
    expect(during).toHaveLength(1);
    expect(during[0]?.[0]).not.toEqual(before[0]);
    expect(during[0]?.[1]).not.toEqual(before[1]);
    expect(bits()).toEqual(before);
  });

  test('whatever the model throws or returns, in a tape or not', () => {
    const { f } = made();
    const [before, z] = [bits(), f(x)];
    const bad = [
      () => {
        throw new Error('of the model');
      },
      (x: tf.Tensor) => tf.matMul(f(x) as tf.Tensor2D, tf.ones([3, 3])),
      (x: tf.Tensor) => tf.slice(f(x), [0, 0], [4, 1]),
      async (x: tf.Tensor) => f(x),
      () => undefined,
    ] as ((x: tf.Tensor) => tf.Tensor)[];
    for (const model of bad) {
      const penalty = () => saspWeightsPenalty(z, model, x, params, absolute);
      expectThrows(penalty, /of the model|matMul|modelFn\(\)/);
      expect(bits()).toEqual(before);
      const step = trainStep({ optimizer: tf.train.sgd(0.1), params, terms: [] });
      expectThrows(() => step(() => ({ loss: penalty() })), /of the model|matMul|modelFn\(\)/);
      expect(bits()).toEqual(before);
    }
  });

  test('in a pass that shakes them itself, they come back one after the other', () => {
    const { f } = made();
    const [before, z] = [bits(), f(x)];
    let around: number[][] = [];
    let inside: number[][] = [];
    const nested = (e: tf.Tensor) => {
      around = bits();
      const model = (x: tf.Tensor) => {
        inside = bits();
        return f(x);
      };
      saspWeightsPenalty(z, model, e, params, { ...absolute, seed: 2 });
      expect(bits()).toEqual(around);
      return f(e);
    };
    saspWeightsPenalty(z, nested, x, params, absolute);
    expect(inside[0]).not.toEqual(around[0]);
    expect(bits()).toEqual(before);
  });

  test('are what the first pass of a tape is differentiated at, however they are shaken since', () => {
    // z = (x W)², differentiated through the tape that saved W: 2 (x W) x, of a single weight 3 at x = 1: 6
    const W = tf.variable(tf.tensor2d([[3]]));
    params = [W];
    const f = (x: tf.Tensor) =>
      tf.square(tf.matMul(x as tf.Tensor2D, W as tf.Variable<tf.Rank.R2>));
    const { grads } = tf.variableGrads(() => {
      const z = f(tf.ones([1, 1]));
      const phi = saspWeightsPenalty(z, f, tf.ones([1, 1]), [W], { ...absolute, head: 'linear' });
      return tf.add(tf.sum(z), tf.mul(0, phi)) as tf.Scalar;
    });
    expectClose(grads[W.name] as tf.Tensor, [6], 1e-6);
  });

  test('without a share stay as they are', () => {
    const { f } = made();
    const before = bits();
    const watched = (x: tf.Tensor) => {
      expect(bits()[1]).toEqual(before[1]);
      expect(bits()[0]).not.toEqual(before[0]);
      return f(x);
    };
    saspWeightsPenalty(f(x), watched, x, params, { seed: 1 });
  });
});

test('nothing leaks, and its arguments are as they were', () => {
  const { f } = made();
  const z = tf.keep(f(x));
  const noise = Object.fromEntries(params.map((p) => [p.name, normal(p.shape, 3)]));
  const before = [z, x, ...Object.values(noise)].map(valuesOf);
  for (const options of [{ seed: 1 }, { noise }, { fraction: 0.5 }] as SaspWeightsOptions[]) {
    expectNoLeak(() => saspWeightsPenalty(z, f, x, params, options));
    expectNoLeak(() => tf.variableGrads(() => saspWeightsPenalty(f(x), f, x, params, options)));
  }
  expect([z, x, ...Object.values(noise)].map(valuesOf)).toEqual(before);
});

test.skipIf(!onDevice())('nothing is read back from the device', () => {
  const { f } = made();
  const z = f(x);
  const read = vi.spyOn(tf.backend(), 'readSync');
  saspWeightsPenalty(z, f, x, params, { seed: 1 });
  saspWeightsPenalty(z, f, x, params, absolute);
  expect(read).not.toHaveBeenCalled();
  read.mockRestore();
});

describe('numbers', () => {
  /** T̂ of z, and its gradient by the kernel that makes it of ones, where the shaken logits are z + σv. */
  const at = (z: number[], v: number[], options: SaspWeightsOptions = {}) => {
    const W = tf.variable(tf.tensor2d([z])) as tf.Variable<tf.Rank.R2>;
    const f = (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, W);
    const { value, grads } = tf.variableGrads(() =>
      saspWeightsPenalty(f(tf.ones([1, 1])), f, tf.ones([1, 1]), [W], {
        ...{ scale: 'absolute', sigma: 0.5, root: false, noise: { [W.name]: tf.tensor2d([v]) } },
        ...options,
      }),
    );
    return { value: valuesOf(value)[0] as number, grad: valuesOf(grads[W.name] as tf.Tensor) };
  };

  test.each([20, 40, 60])('keep their digits at a margin of %d', (margin) => {
    // p ≈ (1, ε, e ε), ε = e^−margin; Δ = (1, −1, ½) from the first: (0, −2, −½). T̂ ≈ 4ε + ¼ e ε, and by z through A, p(d² − T̂):
    // 4ε and ¼ e ε, and for the likely one minus their sum
    const epsilon = Math.exp(-margin);
    const { value, grad } = at([margin, 0, 1], [1, -1, 0.5]);
    const parts = [4 * epsilon, (Math.E / 4) * epsilon] as const;
    expect(value / (parts[0] + parts[1])).toBeCloseTo(1, 5);
    expect((grad[0] as number) / -(parts[0] + parts[1])).toBeCloseTo(1, 5);
    expect((grad[1] as number) / parts[0]).toBeCloseTo(1, 5);
    expect((grad[2] as number) / parts[1]).toBeCloseTo(1, 5);
  });

  test.each(['softmax', 'sigmoid', 'linear'] as const)(
    'are finite at logits of ±1e4, %s',
    (head) => {
      const { value, grad } = at([1e4, -1e4, 0], [1, -2, 3], { head });
      expect([value, ...grad].filter((y) => !Number.isFinite(y))).toEqual([]);
    },
  );

  test.each(['softmax', 'sigmoid'] as const)(
    'a class that is masked with −∞ is not there, %s',
    (head) => {
      const two = at([0.5, -1], [1, 3], { head });
      const W = tf.variable(tf.tensor2d([[0.5, 7, -1]])) as tf.Variable<tf.Rank.R2>;
      const mask = tf.tensor1d([0, Number.NEGATIVE_INFINITY, 0]);
      const f = (x: tf.Tensor) => tf.add(tf.matMul(x as tf.Tensor2D, W), mask);
      const noise = { [W.name]: tf.tensor2d([[1, 2, 3]]) };
      const options = { head, scale: 'absolute', sigma: 0.5, root: false, noise } as const;
      const { value, grads } = tf.variableGrads(() =>
        saspWeightsPenalty(f(tf.ones([1, 1])), f, tf.ones([1, 1]), [W], options),
      );
      expectClose(value, two.value, 1e-6);
      expectClose(grads[W.name] as tf.Tensor, [two.grad[0], 0, two.grad[1]] as number[], 1e-6);
    },
  );

  test('beyond float32 are refused, where they can be seen', () => {
    const W = tf.variable(tf.tensor2d([[1e20, 1]])) as tf.Variable<tf.Rank.R2>;
    const f = (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, W);
    const one = tf.ones([1, 1]);
    const z = tf.keep(f(one));
    expectThrowsWhereSeen(
      () => saspWeightsPenalty(z, f, one, [W], { head: 'linear', seed: 1 }),
      /^sasp\.weights: expected `modelFn\(\)` to return logits at the perturbed weights .* float32 can square/,
    );
    // What was not finite before is not its fault.
    W.assign(tf.tensor2d([[Number.POSITIVE_INFINITY, 1]]));
    expect(() => saspWeightsPenalty(z, f, one, [W], { seed: 1 })).not.toThrow();
  });
});

describe('mistakes', () => {
  const refuse = (options: object, message: RegExp) => {
    const { f } = made();
    const z = tf.keep(f(x));
    expectThrows(() => saspWeightsPenalty(z, f, x, params, options as SaspWeightsOptions), message);
  };

  test('in the options', () => {
    refuse(
      { sigmas: 1 },
      /^sasp\.weights: expected `options` to have keys among head, scale, sigma/,
    );
    for (const sigma of [0, -1, 2, Number.NaN, '1']) {
      refuse({ sigma }, /`sigma` to be in \[1e-7, 1\]/);
    }
    refuse({ fraction: 0 }, /`fraction` to be in \(0, 1\]/);
    refuse({ scale: 'both' }, /`scale` to be one of/);
    refuse({ head: 'cosine' }, /`head` to be one of/);
    refuse({ seed: 0.5 }, /`seed` to be an integer/);
    refuse({ noise: 1 }, /`noise` to be an object of tensors/);
  });

  test('in the noise', () => {
    const { W, f } = made();
    const z = tf.keep(f(x));
    const [right, wrong, other] = [normal([3, 2], 1), normal([2, 3], 1), normal([2], 1)];
    const call =
      (noise: tf.NamedTensorMap, scale: 'relative' | 'absolute' = 'relative') =>
      () =>
        saspWeightsPenalty(z, f, x, params, { noise, scale });
    expectThrows(call({}), new RegExp(`noise.${W.name}\` to be a tensor of shape \\[3, 2\\]`));
    expectThrows(call({ [W.name]: wrong }), /of shape \[3, 2\]\. Received: float32 \[2, 3\]/);
    expectThrows(call({ [W.name]: right, stranger: right }), /`noise` to have keys among/);
    expectThrows(call({ [W.name]: right }, 'absolute'), /to be a tensor of shape \[2\]/);
    expectNoLeak(call({ [W.name]: right }));
    expectNoLeak(call({ [W.name]: right, [params[1]?.name as string]: other }));
  });

  test('in what is shaken', () => {
    const { b, f } = made();
    const z = tf.keep(f(x));
    const call = (list: unknown) => () =>
      saspWeightsPenalty(z, f, x, list as tf.Variable[], { seed: 1 });
    expectThrows(call([]), /`params` to be a non-empty array of variables/);
    expectThrows(call([x]), /`params` to be trainable variables/);
    expectThrows(call([b, b]), /`params` to be distinct/);
    expectThrows(call([b]), /`params` to have a variable of rank ≥ 2.*use `scale: 'absolute'`/);
    const frozen = tf.variable(tf.ones([2, 2]), false);
    expectThrows(call([frozen]), /`params` to be trainable variables/);
    const whole = tf.variable(tf.ones([2, 2], 'int32'));
    expectThrows(call([whole]), /to be a float32 tensor/);
  });

  test('in the passes', () => {
    const { f } = made();
    const z = tf.keep(f(x));
    const [vector, none, one, integers, half] = [
      tf.ones([3]),
      tf.zeros([0, 2]),
      tf.ones([4, 1]),
      tf.ones([4, 2], 'int32'),
      tf.ones([2, 3]),
    ];
    const call =
      (logits: unknown, model: unknown = f, input: unknown = x, options = {}) =>
      () =>
        saspWeightsPenalty(
          logits as tf.Tensor,
          model as typeof f,
          input as tf.Tensor,
          params,
          options,
        );
    expectThrows(call(undefined), /`logits` to be a float32 tensor/);
    expectThrows(call(integers), /`logits` to be a float32 tensor/);
    expectThrows(call(vector), /`logits` of shape \[…, C\]/);
    expectThrows(call(none), /`logits` of shape \[…, C\]/);
    expectThrows(call(one), /`logits` to be of two classes or more for a softmax; .* "sigmoid"/);
    expectThrows(call(z, 1), /`modelFn` to be a function/);
    expectThrows(call(z, f, 1), /`embeddings` to be a tensor/);
    expectThrows(
      call(z, f, half, { fraction: 0.5 }),
      /`embeddings` of shape \[4, …\], as the logits/,
    );
    expectThrows(
      call(z, () => integers),
      /`modelFn\(\)` to be a float32 tensor/,
    );
    expectFinite(call(one, () => tf.zeros([4, 1]), x, { head: 'sigmoid' })());
  });
});
