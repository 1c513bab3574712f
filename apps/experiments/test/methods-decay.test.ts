import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Method, stepOf } from '../src/classification/methods.js';
import { networkOf } from '../src/classification/network.js';
import { kernelNorm } from '../src/classification/norm.js';

const OPTIMIZERS = {
  sgd: (rate: number) => tf.train.sgd(rate),
  adam: (rate: number) => tf.train.adam(rate, 0.9, 0.999, 1e-7),
};

/** A few steps on one batch; all parameters, in their order. */
function trained(method: Method, { optimizer = 'adam', steps = 20, rate = 0.05 } = {}): number[] {
  const network = networkOf([3, 5, 2], 'tanh', 1);
  const inner = OPTIMIZERS[optimizer as keyof typeof OPTIMIZERS](rate);
  const step = stepOf(method, { network, optimizer: inner, rate, seed: 1 });
  const x = tf.tensor2d([1, 0, -1, 2, 1, 0, -1, -1, 1, 0, 2, 1], [4, 3]);
  const y = tf.tensor2d([1, 0, 0, 1, 1, 0, 0, 1], [4, 2]);
  for (let k = 0; k < steps; k++) {
    step.take({ x, y });
  }
  const values = network.params.flatMap((p) => [...p.dataSync()]);
  step.dispose?.();
  inner.dispose();
  tf.dispose([x, y, network.params]);
  return values;
}

/** Of a linear model of one input and two classes, W and b after one step, on x = 2, y = (1, 0). */
function oneStep(method: Method, W: [number, number], optimizer: 'sgd' | 'adam'): number[] {
  const network = networkOf([1, 2], 'linear', 1);
  network.params[0]?.assign(tf.tensor2d(W, [1, 2]));
  const step = stepOf(method, {
    network,
    optimizer: OPTIMIZERS[optimizer](0.1),
    rate: 0.1,
    seed: 1,
  });
  step.take({ x: tf.tensor2d([[2]]), y: tf.tensor2d([[1, 0]]) });
  return network.params.flatMap((p) => [...p.dataSync()]);
}

const expectClose = (found: number[], expected: number[], digits = 5) => {
  expect(found).toHaveLength(expected.length);
  for (const [k, x] of expected.entries()) {
    expect(found[k]).toBeCloseTo(x, digits);
  }
};

// z = (2, 2)·1, p = (½, ½), e = (−½, ½): ∂/∂W = 2e = (−1, 1), ∂/∂b = e
describe('decay by hand: W = (1, 1), η = .1, λ = .5', () => {
  it('all of it decays: x − η (u + λ x), b without decay', () => {
    // (1 + .1 − .05, 1 − .1 − .05), (.05, −.05)
    const decayed = oneStep({ name: 'weight decay', lambda: 0.5, cautious: false }, [1, 1], 'sgd');
    expectClose(decayed, [1.05, 0.85, 0.05, -0.05]);
  });

  it('cautious: where the step makes it smaller', () => {
    // W₁ grows, so it does not decay; W₂ shrinks, so it does
    const decayed = oneStep({ name: 'weight decay', lambda: 0.5, cautious: true }, [1, 1], 'sgd');
    expectClose(decayed, [1.1, 0.85, 0.05, -0.05]);
  });

  it('cautious, of negative weights', () => {
    // e as before; W₁ = −1 shrinks to −.9 and decays to −.85, W₂ = −1 grows to −1.1
    const decayed = oneStep({ name: 'weight decay', lambda: 0.5, cautious: true }, [-1, -1], 'sgd');
    expectClose(decayed, [-0.85, -1.1, 0.05, -0.05]);
  });

  it('AdamW: the first step of Adam is η sign(g), the decay is not divided by anything', () => {
    const decayed = oneStep({ name: 'weight decay', lambda: 0.5, cautious: false }, [1, 1], 'adam');
    expectClose(decayed, [1.05, 0.85, 0.1, -0.1]);
  });

  it('CVP expansion, hard-edged by the size of β: where the step makes it larger', () => {
    // The gate is σ(∓50): W₁ decays, W₂ does not
    const options = { lambda: 0.5, gate: 'expansion' } as const;
    expectClose(oneStep({ name: 'CVP', options }, [1, 1], 'sgd'), [1.05, 0.9, 0.05, -0.05]);
  });
});

describe('identities', () => {
  const lambda = 0.3;

  it.each(['sgd', 'adam'])(
    'CVP decoupled and hard is Cautious Weight Decay, with %s',
    (optimizer) => {
      const cwd = trained({ name: 'weight decay', lambda, cautious: true }, { optimizer });
      const hard = { name: 'CVP', options: { lambda, decoupled: true }, hard: true } as const;
      expectClose(trained(hard, { optimizer }), cwd);
      // … and not all weights decay
      const all = trained({ name: 'weight decay', lambda, cautious: false }, { optimizer });
      expect(Math.max(...all.map((x, k) => Math.abs(x - (cwd[k] as number))))).toBeGreaterThan(
        0.01,
      );
    },
  );

  it('CVP hard in the gradients is Cautious Weight Decay with SGD, and is not with Adam', () => {
    const apart = (optimizer: string) => {
      const cwd = trained({ name: 'weight decay', lambda, cautious: true }, { optimizer });
      const cvp = trained({ name: 'CVP', options: { lambda }, hard: true }, { optimizer });
      return Math.max(...cwd.map((x, k) => Math.abs(x - (cvp[k] as number))));
    };
    expect(apart('sgd')).toBeLessThan(1e-5);
    expect(apart('adam')).toBeGreaterThan(0.01);
  });

  it('decoupled decay is L2 with SGD, and is not with Adam', () => {
    const apart = (optimizer: string) => {
      const decoupled = trained({ name: 'weight decay', lambda, cautious: false }, { optimizer });
      const l2 = trained({ name: 'L2', lambda }, { optimizer });
      return Math.max(...l2.map((x, k) => Math.abs(x - (decoupled[k] as number))));
    };
    expect(apart('sgd')).toBeLessThan(1e-5);
    expect(apart('adam')).toBeGreaterThan(0.01);
  });

  it('a soft gate is as good decoupled as injected, with SGD', () => {
    const decoupled = trained(
      { name: 'CVP', options: { lambda, decoupled: true } },
      { optimizer: 'sgd' },
    );
    expectClose(trained({ name: 'CVP', options: { lambda } }, { optimizer: 'sgd' }), decoupled, 4);
  });
});

const PARTS = {
  sasp: { lambda: 0, curvature: 'hessian' },
  saspNetwork: { lambda: 0, fraction: 1 },
  cvp: { lambda: 0 },
  sbmp: { lambda: 0, alpha: 1, fraction: 0.5 },
  dmta: { lambda: 0, mu: 0.9 },
} as const;

const OFF: Record<string, Method> = {
  'weight decay': { name: 'weight decay', lambda: 0, cautious: false },
  'cautious weight decay': { name: 'weight decay', lambda: 0, cautious: true },
  CVP: { name: 'CVP', options: { lambda: 0 } },
  'CVP decoupled': { name: 'CVP', options: { lambda: 0, decoupled: true } },
  composite: { name: 'composite', ...PARTS },
};

describe.each(Object.keys(OFF))('%s', (name) => {
  it('at strength 0 is the plain method', () => {
    expectClose(trained(OFF[name] as Method), trained({ name: 'plain' }));
  });

  it('leaks nothing', () => {
    const method = OFF[name] as Method;
    trained(method, { steps: 1 });
    const before = tf.memory().numTensors;
    trained(method, { steps: 3 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('composite', () => {
  it('of one part is that part', () => {
    const alone = trained({ name: 'CVP', options: { lambda: 0.3 } });
    expectClose(trained({ name: 'composite', cvp: { lambda: 0.3 } }), alone);
  });

  it.each(Object.keys(PARTS))('has %s', (part) => {
    const on = { ...PARTS, [part]: { ...PARTS[part as keyof typeof PARTS], lambda: 1 } };
    const plain = trained({ name: 'plain' });
    const difference = trained({ name: 'composite', ...on }).map(
      (x, k) => x - (plain[k] as number),
    );
    expect(Math.max(...difference.map(Math.abs))).toBeGreaterThan(1e-3);
  });

  it('draws from the seed alone', () => {
    const method = {
      name: 'composite',
      sbmp: { lambda: 1, alpha: 1 },
      saspNetwork: { lambda: 1 },
    } as const;
    expect(trained(method)).toEqual(trained(method));
  });

  it('leaks nothing of what it remembers', () => {
    const all = { ...PARTS, dmta: { lambda: 1, mu: 0.9 }, sbmp: { lambda: 1, alpha: 1 } };
    trained({ name: 'composite', ...all }, { steps: 1 });
    const before = tf.memory().numTensors;
    trained({ name: 'composite', ...all }, { steps: 3 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('the norm of the kernels leaves the biases out', () => {
  const network = networkOf([1, 2], 'linear', 1);
  network.params[0]?.assign(tf.tensor2d([3, 4], [1, 2]));
  network.params[1]?.assign(tf.tensor1d([7, 7]));
  expect(kernelNorm(network)).toBeCloseTo(5, 5); // √(3² + 4²)
});
