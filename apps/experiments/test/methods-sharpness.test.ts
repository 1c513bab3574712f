import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, valuesOf } from '@toploss/testing';
import { describe, expect, it } from 'vitest';
import type { Training } from '../src/classification/methods/step.js';
import { arc } from '../src/classification/methods/xsam.js';
import { type Method, stepOf } from '../src/classification/methods.js';
import { networkOf } from '../src/classification/network.js';
import type { Examples } from '../src/classification/problem.js';
import { trained } from './trained.js';

/** What one step of gradient descent with rate 1 takes from every parameter: the method's gradient. */
function gradientOf(
  method: Method,
  sizes: readonly number[],
  parameters: readonly number[][],
  examples: Examples,
): number[][] {
  const network = networkOf(sizes, 'linear', 0);
  for (const [k, p] of network.params.entries()) {
    p.assign(tf.tensor(parameters[k] as number[], p.shape));
  }
  const optimizer = tf.train.sgd(1);
  stepOf(method, { network, optimizer, rate: 1, seed: 0 }).take(examples);
  return network.params.map((p, k) =>
    valuesOf(p).map((after, j) => (parameters[k]?.[j] as number) - after),
  );
}

describe('by hand', () => {
  const example = { x: tf.tensor2d([[3, 4]]), y: tf.tensor2d([[1, 0]]) };

  /** With W = 0 and b = 0, p = (½, ½) whatever x is. */
  const gradientAtZero = (method: Method) =>
    gradientOf(method, [2, 2], [Array(4).fill(0), [0, 0]], example);

  /** Of a loss that depends on the logits alone: ∂/∂W = x (∂/∂z)ᵀ, ∂/∂b = ∂/∂z. */
  const through = ([a, b]: [number, number]) => [
    [3 * a, 3 * b, 4 * a, 4 * b],
    [a, b],
  ];

  function expectGradient(method: Method, [kernel, bias]: number[][]) {
    const [dKernel, dBias] = gradientAtZero(method);
    expectClose(dKernel as number[], kernel as number[]);
    expectClose(dBias as number[], bias as number[]);
  }

  it('plain: e = p − y = (−½, ½)', () => {
    expectGradient({ name: 'plain' }, through([-0.5, 0.5]));
  });

  it('label smoothing: with ε = .2 the label is (.9, .1), so that e = (−.4, .4)', () => {
    expectGradient({ name: 'label smoothing', epsilon: 0.2 }, through([-0.4, 0.4]));
  });

  it('CE + Brier: e + 3 ∇‖e‖² = (−2, 2), as ∇‖e‖² = 2 p⊙(e − ⟨p, e⟩) = (−½, ½)', () => {
    expectGradient({ name: 'CE + Brier', lambda: 3 }, through([-2, 2]));
  });

  it('SASP fisher: as Brier, with S = 3² + 4² + 1 = 26: (1 + 26 λ)(−½, ½)', () => {
    expectGradient({ name: 'SASP', curvature: 'fisher', lambda: 0.1 }, through([-1.8, 1.8]));
  });

  it('SASP hessian: tr A = 1 − ‖p‖² has its maximum at p = (½, ½), and so no gradient', () => {
    expectGradient({ name: 'SASP', curvature: 'hessian', lambda: 0.1 }, through([-0.5, 0.5]));
  });

  // g = (x; 1) eᵀ, ‖g‖ = √26 ‖e‖ = √13, and ρ g/‖g‖ moves the logits by 26 ρ e/√13 = ρ √13 (−1, 1)
  const ascended = 1 / (1 + Math.exp(2 * 0.1 * Math.sqrt(13)));

  it('SAM: p where the ascent leads', () => {
    expectGradient({ name: 'SAM', rho: 0.1 }, through([ascended - 1, 1 - ascended]));
  });

  it('XSAM: the same, as the gradient does not turn on the way and every α is one', () => {
    expectGradient({ name: 'XSAM', rho: 0.1, every: 1 }, through([ascended - 1, 1 - ascended]));
  });

  it('L2: λ W on the kernel, beside what W does to p', () => {
    const W = [1, 0, 0, 2]; // z = (3, 8)
    const p = 1 / (1 + Math.exp(5));
    const [kernel, bias] = through([p - 1, 1 - p]) as [number[], number[]];
    const [dKernel, dBias] = gradientOf({ name: 'L2', lambda: 0.1 }, [2, 2], [W, [0, 0]], example);
    expectClose(
      dKernel as number[],
      kernel.map((x, k) => x + 0.1 * (W[k] as number)),
    );
    expectClose(dBias as number[], bias);
  });

  it('CE + ‖h‖²: 2 λ h x on the first layer, where the second lets nothing back', () => {
    const one = { x: tf.tensor2d([[3]]), y: tf.tensor2d([[1, 0]]) };
    const parameters = [[2], [0], [0, 0], [0, 0]]; // h = 6; p = (½, ½)
    const gradients = gradientOf({ name: 'CE + ‖h‖²', lambda: 0.1 }, [1, 1, 2], parameters, one);
    // 2 · .1 · 6 · 3 = 3.6 and 2 · .1 · 6 = 1.2; h eᵀ = (−3, 3) and e = (−½, ½)
    const expected = [[3.6], [1.2], [-3, 3], [-0.5, 0.5]];
    for (const [k, values] of expected.entries()) {
      expectClose(gradients[k] as number[], values);
    }
  });
});

describe('XSAM', () => {
  it('walks along the arc from one unit vector to the other, and on', () => {
    const v = arc([tf.tensor1d([1, 0])], [tf.tensor1d([0, 1])]); // ψ = 90°
    const at = (alpha: number) => v(alpha)[0] as tf.Tensor;
    expectClose(at(0), [1, 0], 1e-6);
    expectClose(at(1 / 3), [Math.sqrt(3) / 2, 1 / 2], 1e-6); // 30°
    expectClose(at(1), [0, 1], 1e-6);
    expectClose(at(2), [-1, 0], 1e-6);
  });

  it('steps along the direction of the largest loss at 2ρ, as long as the gradient above', () => {
    const rho = 0.5;
    const examples = {
      x: tf.tensor2d([1, 2, -1, 0.5], [2, 2]),
      y: tf.tensor2d([1, 0, 0, 1], [2, 2]),
    };
    const training = (): Training => ({
      network: networkOf([2, 3, 2], 'tanh', 4),
      optimizer: tf.train.sgd(1),
      rate: 1,
      seed: 0,
    });
    const weights = ({ network }: Training) => network.params.flatMap((p) => valuesOf(p));
    const move = ({ network }: Training, by: readonly number[]) => {
      let start = 0;
      for (const p of network.params) {
        p.assign(tf.add(p, tf.tensor(by.slice(start, start + p.size), p.shape)));
        start += p.size;
      }
    };
    const lossOf = ({ network }: Training): tf.Scalar =>
      tf.losses.softmaxCrossEntropy(examples.y, network.forward(examples.x).logits);
    const gradientAt = (by?: readonly number[]) => {
      const t = training();
      if (by) {
        move(t, by);
      }
      const { grads } = tf.variableGrads(() => lossOf(t), t.network.params);
      return t.network.params.flatMap(({ name }) => valuesOf(grads[name] as tf.Tensor));
    };
    const norm = (v: readonly number[]) => Math.hypot(...v);
    const times = (factor: number, v: readonly number[]) => v.map((x) => factor * x);

    const g0 = gradientAt();
    const v0 = times(1 / norm(g0), g0);
    const g1 = gradientAt(times(rho, v0));
    const v1 = times(1 / norm(g1), g1);
    const angle = Math.acos(v0.reduce((sum, x, k) => sum + x * (v1[k] as number), 0));
    const v = (alpha: number) =>
      v0.map(
        (x, k) =>
          (Math.sin((1 - alpha) * angle) * x + Math.sin(alpha * angle) * (v1[k] as number)) /
          Math.sin(angle),
      );
    const alphas = Array.from({ length: 21 }, (_, k) => k / 10);
    const losses = alphas.map((alpha) => {
      const t = training();
      move(t, times(2 * rho, v(alpha)));
      return valuesOf(lossOf(t))[0] as number;
    });
    const best = alphas[losses.indexOf(Math.max(...losses))] as number;
    expect([0, 1]).not.toContain(best); // or gradient descent, or SAM, would do as well

    const t = training();
    const before = weights(t);
    const step = stepOf({ name: 'XSAM', rho, every: 2 }, t);
    step.take(examples);
    const taken = weights(t).map((x, k) => (before[k] as number) - x);
    expectClose(taken, times(norm(g1), v(best)), 1e-4);
  });
});

const METHODS: Record<string, (strength: number) => Method> = {
  'label smoothing': (epsilon) => ({ name: 'label smoothing', epsilon }),
  'CE + Brier': (lambda) => ({ name: 'CE + Brier', lambda }),
  'CE + ‖h‖²': (lambda) => ({ name: 'CE + ‖h‖²', lambda }),
  L2: (lambda) => ({ name: 'L2', lambda }),
  SAM: (rho) => ({ name: 'SAM', rho }),
  XSAM: (rho) => ({ name: 'XSAM', rho, every: 2 }),
  'SASP fisher': (lambda) => ({ name: 'SASP', curvature: 'fisher', lambda }),
  'SASP hessian': (lambda) => ({ name: 'SASP', curvature: 'hessian', lambda }),
  'SASP network': (lambda) => ({ name: 'SASP network', lambda, fraction: 1 }),
  'SASP network, every 4th step': (lambda) => ({
    name: 'SASP network',
    lambda,
    fraction: 1,
    every: 4,
  }),
};

describe.each(Object.entries(METHODS))('%s', (_, of) => {
  it('is plain where it is switched off', () => {
    expectClose(trained(of(0)), trained({ name: 'plain' }), 1e-4);
  });

  it('is not where it is on', () => {
    const plain = trained({ name: 'plain' });
    const distance = Math.max(
      ...trained(of(0.3)).map((x, k) => Math.abs(x - (plain[k] as number))),
    );
    expect(distance).toBeGreaterThan(1e-3);
  });

  it('leaves no tensors', () => {
    trained(of(0.3)); // what is kept once, such as kernels, is there now
    expectNoLeak(() => {
      trained(of(0.3));
      return [];
    });
  });
});
