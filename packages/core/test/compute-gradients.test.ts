import * as tf from '@tensorflow/tfjs-core';
import { expectSame, expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { trainStep } from '../src/index.js';

type Computed = ReturnType<tf.Optimizer['computeGradients']>;

function problem() {
  const [a, b] = [tf.variable(tf.scalar(3)), tf.variable(tf.tensor1d([1, -4]))];
  const loss = (): tf.Scalar => tf.add(tf.square(a), tf.sum(tf.square(b)));
  return { a, b, loss, values: () => [...a.dataSync(), ...b.dataSync()] };
}

/** An optimizer with gradients of its own, made of those of tfjs. */
function withGradients(
  optimizer: tf.Optimizer,
  change: (computed: Computed, params?: tf.Variable[]) => unknown,
): tf.Optimizer {
  const { computeGradients } = optimizer;
  return Object.assign(optimizer, {
    computeGradients(this: tf.Optimizer, f: () => tf.Scalar, params?: tf.Variable[]) {
      return change(computeGradients.call(this, f, params), params);
    },
  }) as tf.Optimizer;
}

/** Each entry within ±1. */
const clip = ({ value, grads }: Computed) => ({
  value,
  grads: Object.fromEntries(
    Object.entries(grads).map(([name, g]) => [name, g && tf.clipByValue(g, -1, 1)]),
  ),
});

test('by hand: the optimizer clips the gradients of the loss with its penalties', () => {
  const { a, b, values } = problem();
  const term = { name: 'half' as const, penalty: () => tf.mul(0.5, tf.sum(tf.square(b))) };
  const optimizer = withGradients(tf.train.sgd(0.5), clip);
  const step = trainStep({ optimizer, params: [b, a], terms: [term] });
  // g = (0.2 a, b) = (.6, 1, −4), clipped (.6, 1, −1); θ − ½g
  const losses = step(() => ({ loss: tf.mul(0.1, tf.square(a)) as tf.Scalar }));
  const expected = [2.7, 0.5, -3.5];
  for (const [k, x] of values().entries()) {
    expect(x).toBeCloseTo(expected[k] as number, 5);
  }
  expect(losses.total.dataSync()[0]).toBeCloseTo(9.4, 5); // .9 + ½ · 17
  tf.dispose(losses);
});

describe.each(['with', 'without'])('%s a list of variables', (listed) => {
  const isListed = listed === 'with';

  test('as minimize, bit for bit, and nothing is left', () => {
    const [ours, theirs] = [problem(), problem()];
    const make = () => withGradients(tf.train.adam(0.1), clip);
    const [x, y] = [make(), make()];
    const of = ({ a, b }: typeof ours) => (isListed ? [b, a] : undefined);
    const [list, others] = [of(ours), of(theirs)];
    const step = trainStep({ optimizer: x, ...(list && { params: list }), terms: [] });
    let before = 0;
    for (let k = 0; k < 5; k++) {
      tf.dispose(step(() => ({ loss: ours.loss() })));
      if (k === 0) {
        before = tf.memory().numTensors;
      }
    }
    expect(tf.memory().numTensors).toBe(before);
    for (let k = 0; k < 5; k++) {
      tf.tidy(() => {
        if (others === undefined) {
          // The variables of the other problem are out of its loss.
          y.minimize(theirs.loss);
        } else {
          y.minimize(theirs.loss, false, others);
        }
      });
    }
    expect(ours.values()).toEqual(theirs.values());
  });

  test('the optimizer is asked for the gradients of those variables', () => {
    const { a, b, loss } = problem();
    const seen: unknown[] = [];
    const optimizer = withGradients(tf.train.sgd(0.1), (computed, params) => {
      seen.push(params);
      return computed;
    });
    const step = trainStep({ optimizer, ...(isListed && { params: [b, a] }), terms: [] });
    tf.dispose(step(() => ({ loss: loss() })));
    expect(seen).toEqual([isListed ? [b, a] : undefined]);
  });
});

test('gradients that the optimizer leaves out are those of variables that stay', () => {
  const { a, b, loss, values } = problem();
  const optimizer = withGradients(tf.train.adam(0.1), ({ value, grads }) => ({
    value,
    grads: { [b.name]: null, [a.name]: grads[a.name] },
  }));
  const step = trainStep({ optimizer, params: [b, a], terms: [] });
  tf.dispose(step(() => ({ loss: loss() })));
  expect(values()[0]).toBeCloseTo(2.9, 4); // Adam's first step is η
  expectSame(b, [1, -4]);
});

test('a frozen variable stays, even if the optimizer has a gradient for it', () => {
  const { a, b, loss, values } = problem();
  const optimizer = withGradients(tf.train.adam(0.1), ({ value, grads }) => ({
    value,
    grads: { ...grads, [b.name]: tf.ones([2]) },
  }));
  b.trainable = false;
  const step = trainStep({ optimizer, params: [b, a], terms: [] });
  tf.dispose(step(() => ({ loss: loss() })));
  expect(values()[0]).toBeCloseTo(2.9, 4);
  expectSame(b, [1, -4]);
});

test.each<[string, (computed: Computed, b: tf.Variable) => unknown, RegExp]>([
  ['nothing', () => undefined, /`optimizer.computeGradients\(\)` to be an object.*undefined/],
  ['no value', ({ grads }) => ({ grads }), /`optimizer.computeGradients\(\).value` .*undefined/],
  ['no gradients', ({ value }) => ({ value }), /`optimizer.computeGradients\(\).grads` .*undefin/],
  [
    'a gradient of no variable',
    ({ value }) => ({ value, grads: { other: value } }),
    /`optimizer.computeGradients\(\).grads` to have the names of variables\. Received: "other"/,
  ],
  [
    'a gradient of another shape',
    ({ value }, b) => ({ value, grads: { [b.name]: value } }),
    /`grads\..*` of shape \[2\]\. Received: float32 \[\]/,
  ],
  [
    'no gradient of any variable',
    ({ value }, b) => ({ value, grads: { [b.name]: null } }),
    /`params` to hold a trainable variable .* is not reached by the loss"/,
  ],
])('an optimizer that computes %s: nothing moves or is left', (_, change, message) => {
  const { a, b, loss, values } = problem();
  const optimizer = withGradients(tf.train.sgd(0.1), (computed) => change(computed, b));
  const step = trainStep({ optimizer, params: [b, a], terms: [] });
  expectThrows(() => step(() => ({ loss: loss() })), message);
  expect(values()).toEqual([3, 1, -4]);
});

test('an optimizer that never calls the loss', () => {
  const { b } = problem();
  const optimizer = tf.train.sgd(0.1);
  const computeGradients = () => ({ value: tf.scalar(1), grads: { [b.name]: tf.ones([2]) } });
  Object.assign(optimizer, { computeGradients });
  const step = trainStep({ optimizer, params: [b], terms: [] });
  expectThrows(
    () => step(() => expect.fail()),
    /^core.trainStep: expected `optimizer.computeGradients` to call the loss that it is given/,
  );
});

test.each([
  ['the loss', () => 0],
  ['the optimizer itself', ({ grads }: Computed) => tf.add(grads.none as tf.Tensor, 1)],
])('what %s throws comes out, and nothing is left', (which, change) => {
  const { a, b, loss } = problem();
  const optimizer = withGradients(tf.train.sgd(0.1), change);
  const step = trainStep({ optimizer, params: [a, b], terms: [] });
  const forward = () => {
    const value = loss();
    if (which === 'the loss') {
      throw new Error(`after ${value.rank}`);
    }
    return { loss: value };
  };
  expectThrows(() => step(forward), which === 'the loss' ? /^after 0$/ : /'add' must be/);
});

test('an optimizer with a minimize of its own is refused, as no step would call it', () => {
  class Clipping extends tf.SGDOptimizer {
    override minimize(): null {
      return null;
    }
  }
  const own = Object.assign(tf.train.sgd(0.1), { minimize: () => null });
  for (const optimizer of [new Clipping(0.1), own, { minimize: () => null, applyGradients() {} }]) {
    expectThrows(
      () => trainStep({ optimizer, terms: [] }),
      /^core\.trainStep: expected `optimizer` to have the `minimize` of tf\.Optimizer.* Received: "an optimizer with a `minimize` of its own"\.$/,
    );
  }
  trainStep({ optimizer: { applyGradients() {} }, terms: [] });
});
