import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectSame } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { hessianTrace, hessianVectorProduct } from '../src/index.js';
import { norm } from '../src/kit/index.js';

test('by hand: a quadratic', () => {
  const theta = tf.variable(tf.tensor1d([1, -2]), true, 'theta');
  // L = ½ θᵀAθ, A = [[3, 1], [1, 2]]: H v = A v = (3 + 4, 1 + 8) for v = (1, 4), tr H = 5
  const A = tf.tensor2d([3, 1, 1, 2], [2, 2]);
  const loss = () => tf.mul(0.5, tf.sum(tf.mul(theta, tf.sum(tf.mul(A, theta), 1)))) as tf.Scalar;
  const product = hessianVectorProduct(loss, [theta], { theta: tf.tensor1d([1, 4]) });
  const [first, second] = (product.theta as tf.Tensor).dataSync();
  expect(first).toBeCloseTo(7, 2);
  expect(second).toBeCloseTo(9, 2);
  // two entries: the cross terms of a probe of signs are ±2, and cancel on average only
  expect(hessianTrace(loss, [theta], { probes: 100 }).dataSync()[0]).toBeCloseTo(5, 0);
  theta.dispose();
});

/** A model as a function of its parameters, in float64 too: a matrix is an array of rows. */
type Vector = number[];
const activations = {
  tanh: { ours: tf.tanh, truth: Math.tanh },
  sigmoid: { ours: tf.sigmoid, truth: (s: number) => 1 / (1 + Math.exp(-s)) },
  elu: { ours: tf.elu, truth: (s: number) => (s > 0 ? s : Math.expm1(s)) },
};
const [B, D, H, C] = [6, 4, 5, 3];
const sizes = [D * H, H, H * C, C];

function noise(size: number, seed: number, scale = 1): Vector {
  return Array.from(tf.randomNormal([size], 0, scale, 'float32', seed).dataSync());
}

const x = noise(B * D, 1);
const labels = Array.from({ length: B }, (_, i) => i % C);

/** Mean softmax cross-entropy of a network with one hidden layer. */
function lossInFloat64(theta: Vector, phi: (s: number) => number): number {
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0));
  const at = (k: number, i: number) => theta[(starts[k] as number) + i] as number;
  let total = 0;
  for (let i = 0; i < B; i++) {
    const h = Array.from({ length: H }, (_, j) => {
      let s = at(1, j);
      for (let d = 0; d < D; d++) s += (x[i * D + d] as number) * at(0, d * H + j);
      return phi(s);
    });
    const z = Array.from({ length: C }, (_, c) =>
      h.reduce((s, value, j) => s + value * at(2, j * C + c), at(3, c)),
    );
    total += Math.log(z.reduce((s, v) => s + Math.exp(v), 0)) - (z[labels[i] as number] as number);
  }
  return total / B;
}

/** H v by differences of the float64 loss alone: mixed central differences, step 1e-4. */
function productInFloat64(theta: Vector, v: Vector, loss: (theta: Vector) => number): Vector {
  const step = 1e-4;
  const at = (along: number, k: number, by: number) =>
    loss(theta.map((t, j) => t + along * (v[j] as number) + (j === k ? by : 0)));
  return theta.map(
    (_, k) =>
      (at(step, k, step) - at(step, k, -step) - at(-step, k, step) + at(-step, k, -step)) /
      (4 * step * step),
  );
}

test.each(Object.entries(activations))(
  'a %s network with a softmax, against float64',
  (name, phi) => {
    const theta = noise(
      sizes.reduce((a, b) => a + b, 0),
      2,
      0.7,
    );
    const v = noise(theta.length, 3);
    const inFloat64 = (at: Vector) => lossInFloat64(at, phi.truth);
    const shapes = [[D, H], [H], [H, C], [C]];
    let start = 0;
    const params = shapes.map((shape, k) => {
      const data = theta.slice(start, start + (sizes[k] as number));
      start += sizes[k] as number;
      return tf.variable(tf.tensor(data, shape), true, `${name}${k}`);
    });
    const [w1, b1, w2, b2] = params as unknown as [tf.Tensor2D, tf.Tensor, tf.Tensor2D, tf.Tensor];
    const inputs = tf.tensor2d(x, [B, D]);
    const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), C);
    const loss = () => {
      const h = phi.ours(tf.add(tf.matMul(inputs, w1), b1)) as tf.Tensor2D;
      const z = tf.add(tf.matMul(h, w2), b2);
      return tf.losses.softmaxCrossEntropy(oneHot, z) as tf.Scalar;
    };
    start = 0;
    const direction = Object.fromEntries(
      params.map((p) => {
        const part = tf.tensor(v.slice(start, start + p.size), p.shape);
        start += p.size;
        return [p.name, part];
      }),
    );
    const before = params.map((p) => Array.from(p.dataSync()));

    const product = hessianVectorProduct(loss, params, direction);
    const truth = productInFloat64(theta, v, inFloat64);
    const ours = params.flatMap((p) => Array.from((product[p.name] as tf.Tensor).dataSync()));
    const size = Math.hypot(...truth);
    expect(Math.hypot(...truth.map((t, k) => t - (ours[k] as number))) / size).toBeLessThan(3e-3);

    // In units of v: the product is linear in it, from 1e-20 to 1e20.
    for (const scale of [1e-20, 1e20]) {
      const scaled = hessianVectorProduct(
        loss,
        params,
        Object.fromEntries(Object.entries(direction).map(([key, d]) => [key, tf.mul(d, scale)])),
      );
      const values = params.flatMap((p) => Array.from((scaled[p.name] as tf.Tensor).dataSync()));
      const error = Math.hypot(...truth.map((t, k) => t - (values[k] as number) / scale));
      expect(error / size).toBeLessThan(3e-3);
    }

    const hessian = theta.map((_, k) =>
      productInFloat64(
        theta,
        theta.map((__, j) => Number(j === k)),
        inFloat64,
      ),
    );
    const trace = hessian.reduce((total, row, k) => total + (row[k] as number), 0);
    const offDiagonal = hessian.flatMap((row, k) => row.filter((_, j) => j !== k));
    const deviation = Math.sqrt(2 / 100) * Math.hypot(...offDiagonal);
    const estimate = hessianTrace(loss, params, { probes: 100, seed: 5 }).dataSync()[0] as number;
    expect(Math.abs(estimate - trace)).toBeLessThan(3 * deviation);
    const again = hessianTrace(loss, params, { probes: 100, seed: 5 }).dataSync()[0];
    expect(again).toBe(estimate);
    expect(params.map((p) => Array.from(p.dataSync()))).toEqual(before);
    tf.dispose(params);
  },
);

test('a convolution, tanh, a dense layer and a softmax, against float64', () => {
  const [images, size, kernel, filters, classes] = [3, 5, 3, 2, 3];
  const out = size - kernel + 1;
  const flat = out * out * filters;
  const pixels = noise(images * size * size, 21);
  const shapes = [[kernel, kernel, 1, filters], [filters], [flat, classes]];
  const [dense, bias] = [kernel * kernel * filters + filters, kernel * kernel * filters];
  const inFloat64 = (theta: Vector) => {
    const at = (k: number) => theta[k] as number;
    let total = 0;
    for (let n = 0; n < images; n++) {
      const z = new Array<number>(classes).fill(0);
      for (let o = 0; o < flat; o++) {
        const f = o % filters;
        const [row, column] = [Math.floor(o / filters / out), Math.floor(o / filters) % out];
        let s = at(bias + f);
        for (let i = 0; i < kernel; i++) {
          for (let j = 0; j < kernel; j++) {
            const pixel = pixels[(n * size + row + i) * size + column + j] as number;
            s += pixel * at((i * kernel + j) * filters + f);
          }
        }
        for (let c = 0; c < classes; c++) {
          z[c] = (z[c] as number) + Math.tanh(s) * at(dense + o * classes + c);
        }
      }
      total += Math.log(z.reduce((sum, v) => sum + Math.exp(v), 0)) - (z[n % classes] as number);
    }
    return total / images;
  };
  const theta = noise(dense + flat * classes, 22, 0.5);
  const v = noise(theta.length, 23);
  const split = (values: Vector) => {
    let start = 0;
    return shapes.map((shape) => {
      const length = shape.reduce((a, b) => a * b);
      start += length;
      return tf.tensor(values.slice(start - length, start), shape);
    });
  };
  const params = split(theta).map((x, k) => tf.variable(x, true, `conv${k}`));
  const [w, b, u] = params as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor2D];
  const inputs = tf.tensor4d(pixels, [images, size, size, 1]);
  const oneHot = tf.oneHot(tf.range(0, images, 1, 'int32'), classes);
  const loss = () => {
    const h = tf.tanh(tf.add(tf.conv2d(inputs, w, 1, 'valid'), b));
    const z = tf.matMul(tf.reshape(h, [images, flat]), u);
    return tf.losses.softmaxCrossEntropy(oneHot, z) as tf.Scalar;
  };
  expect(loss().dataSync()[0]).toBeCloseTo(inFloat64(theta), 5);

  const direction = Object.fromEntries(split(v).map((x, k) => [`conv${k}`, x]));
  if (tf.getBackend() === 'wasm') {
    // A convolution has no gradient by its filter there.
    expect(() => hessianVectorProduct(loss, params, direction)).toThrow(
      /Conv2DBackpropFilter.*wasm/,
    );
    tf.dispose(params);
    return;
  }
  const product = hessianVectorProduct(loss, params, direction);
  const ours = params.flatMap((p) => Array.from((product[p.name] as tf.Tensor).dataSync()));
  const truth = productInFloat64(theta, v, inFloat64);
  const error = Math.hypot(...truth.map((t, k) => t - (ours[k] as number)));
  expect(error / Math.hypot(...truth)).toBeLessThan(3e-3);
  tf.dispose(params);
});

test('by hand: two parameters that meet only in their product', () => {
  const [a, b] = [tf.variable(tf.scalar(2), true, 'a'), tf.variable(tf.scalar(5), true, 'b')];
  // L = ab: H = [[0, 1], [1, 0]], H (3, 7) = (7, 3)
  const product = hessianVectorProduct(() => tf.mul(a, b) as tf.Scalar, [a, b], {
    b: tf.scalar(7),
    a: tf.scalar(3),
  });
  expect(product.a?.dataSync()[0]).toBeCloseTo(7, 2);
  expect(product.b?.dataSync()[0]).toBeCloseTo(3, 2);
  tf.dispose([a, b]);

  // Names like numbers, as tfjs gives them, come first in an object, whatever the order of the parameters.
  const [p, q] = [tf.variable(tf.scalar(2), true, '902'), tf.variable(tf.scalar(5), true, '901')];
  const v = { 902: tf.scalar(3), 901: tf.scalar(7) };
  const numbered = hessianVectorProduct(() => tf.mul(p, q) as tf.Scalar, [p, q], v);
  expect(numbered['902']?.dataSync()[0]).toBeCloseTo(7, 2);
  expect(numbered['901']?.dataSync()[0]).toBeCloseTo(3, 2);
  tf.dispose([p, q]);
});

test('the trace of a diagonal is right with a single probe; seeds tell probes apart', () => {
  const theta = tf.variable(tf.tensor1d([1, -1, 0.5]), true, 'diagonal');
  // L = ½ Σ dᵢθᵢ², vᵀHv = Σ dᵢ vᵢ² = Σ dᵢ = 1 + 4 − 2 = 3 for any signs v
  const d = tf.tensor1d([1, 4, -2]);
  const diagonal = () => tf.mul(0.5, tf.sum(tf.mul(d, tf.square(theta)))) as tf.Scalar;
  for (const seed of [0, 1, 2]) {
    expect(hessianTrace(diagonal, [theta], { probes: 1, seed }).dataSync()[0]).toBeCloseTo(3, 2);
  }
  const { numTensors } = tf.memory();
  const full = () => tf.square(tf.sum(tf.tanh(theta))) as tf.Scalar;
  const estimates = Array.from({ length: 20 }, (_, seed) => {
    const trace = hessianTrace(full, [theta], { probes: 1, seed });
    const [value] = trace.dataSync();
    trace.dispose();
    return value;
  });
  expect(new Set(estimates).size).toBeGreaterThan(1);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(Array.from(theta.dataSync())).toEqual([1, -1, 0.5]);
  theta.dispose();
});

test.each([1, 2])('a loss that breaks at call %d', (last) => {
  const w = tf.variable(tf.tensor1d([1 / 3, 1e-7]), true, 'w');
  const u = tf.variable(tf.scalar(1), true, 'u');
  const v = { w: tf.ones([2]), u: tf.scalar(1) };
  const before = [...w.dataSync(), ...u.dataSync()];
  const good = () => tf.mul(u, tf.sum(tf.tanh(w))) as tf.Scalar;
  const breaks: (() => tf.Scalar)[] = [
    () => {
      good();
      throw new Error('oh');
    },
    () => tf.sum(tf.tanh(w)) as tf.Scalar, // does not reach u
    () => tf.tanh(w) as unknown as tf.Scalar,
    () => undefined as unknown as tf.Scalar,
  ];
  for (const broken of breaks) {
    let calls = 0;
    const { numTensors } = tf.memory();
    expect(() =>
      hessianVectorProduct(() => (++calls === last ? broken() : good()), [w, u], v),
    ).toThrow();
    expect(calls).toBe(last);
    expect([...w.dataSync(), ...u.dataSync()]).toEqual(before);
    expect(tf.memory().numTensors).toBe(numTensors);
  }
  tf.dispose([w, u]);
});

test('the parameters come back bit for bit, also when the loss throws, and nothing leaks', () => {
  const w = tf.variable(tf.randomNormal([7, 5], 0, 1, 'float32', 4), true, 'w');
  const v = { w: tf.ones([7, 5]) };
  const before = Array.from(w.dataSync());
  const tensors = tf.memory().numTensors;
  const loss = () => tf.sum(tf.tanh(w)) as tf.Scalar;
  let calls = 0;
  const broken = () => {
    const value = loss();
    if (++calls === 2) throw new Error('oh');
    return value;
  };
  expect(() => hessianVectorProduct(broken, [w], v)).toThrow('oh');
  expect(Array.from(w.dataSync())).toEqual(before);
  tf.dispose(hessianVectorProduct(loss, [w], v));
  tf.dispose(hessianVectorProduct(loss, [w], v, { difference: 'forward' }));
  expect(Array.from(w.dataSync())).toEqual(before);
  const zero = tf.tidy(
    () =>
      norm([hessianVectorProduct(loss, [w], { w: tf.zeros([7, 5]) }).w as tf.Tensor]).dataSync()[0],
  );
  expect(zero).toBe(0);
  expect(tf.memory().numTensors).toBe(tensors);

  const call = (params: unknown, vector: unknown, options?: unknown) => () =>
    hessianVectorProduct(loss, params as never, vector as never, options as never);
  expect(call([w], {})).toThrow(
    /^core.hessianVectorProduct: expected `v.w` .* Received: undefined/,
  );
  expect(call([w], { w: tf.ones([5]) })).toThrow(
    /`v.w` of shape \[7, 5\]. Received: float32 \[5\]/,
  );
  expect(call([w], { ...v, u: tf.ones([1]) })).toThrow(/`v` to have keys among w. Received: "u"/);
  expect(call([w], null)).toThrow(/`v` to be an object. Received: null/);
  for (const f of [hessianVectorProduct, hessianTrace]) {
    expect(() => f(3 as never, [w], v as never)).toThrow(
      /^core.hessian\w+: expected `.*` to .*\.$/,
    );
  }
  expect(() => hessianVectorProduct(3 as never, [w], v)).toThrow(
    /expected `loss` to be a function/,
  );
  expect(() => hessianTrace(3 as never, [w])).toThrow(
    /^core.hessianTrace: expected `loss` to be a function/,
  );
  expect(() => hessianTrace(loss, [])).toThrow(/^core.hessianTrace: expected `params` /);
  expect(call([], v)).toThrow(/`params` to be a non-empty array/);
  for (const step of [0, Number.POSITIVE_INFINITY, Number.NaN]) {
    expect(call([w], v, { step })).toThrow(/`step` to be a finite number > 0. Received: \w+\.$/);
  }
  for (const gradient of [null, 3, 'g']) {
    expect(call([w], v, { difference: 'forward', gradient })).toThrow(
      /`gradient` to be tensors by name. Received: /,
    );
  }
  expect(call([w], v, { difference: 'both' })).toThrow(/`difference` to be one of/);
  expect(() => hessianTrace(loss, [w], { probes: 0 })).toThrow(/`probes` to be an integer ≥ 1/);
  w.dispose();
});

describe('a forward difference from a gradient that is known', () => {
  // L = ½(3x² + y²) at (1, 4): g = (3, 4), H = diag(3, 1), H (1, 2) = (3, 2)
  const setUp = () => {
    let evaluations = 0;
    const w = tf.variable(tf.tensor1d([1, 4]));
    const loss = () => {
      evaluations += 1;
      return tf.mul(0.5, tf.sum(tf.mul([3, 1], tf.square(w)))) as tf.Scalar;
    };
    const named = (values: number[]) => ({ [w.name]: tf.tensor1d(values) });
    return { w, loss, named, evaluations: () => evaluations };
  };

  test('by hand, at the cost of one gradient', () => {
    const { w, loss, named, evaluations } = setUp();
    const options = { difference: 'forward' as const, gradient: named([3, 4]) };
    const product = hessianVectorProduct(loss, [w], named([1, 2]), options);
    expect(evaluations()).toBe(1);
    expectClose(product[w.name] as tf.Tensor, [3, 2], 1e-3);
    expectSame(options.gradient[w.name] as tf.Tensor, [3, 4]);
    w.dispose();
  });

  test('is refused for a central one, and where it does not fit', () => {
    const { w, loss, named } = setUp();
    const gradient = named([3, 4]);
    expect(() => hessianVectorProduct(loss, [w], named([1, 2]), { gradient })).toThrow(
      /^core.hessianVectorProduct: expected `gradient` to be left out/,
    );
    const wrong = { difference: 'forward' as const, gradient: { [w.name]: tf.scalar(1) } };
    expect(() => hessianVectorProduct(loss, [w], named([1, 2]), wrong)).toThrow(
      /expected `gradient\..*` of shape \[2\]/,
    );
    w.dispose();
  });
});
