import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { attach } from '@toploss/layers';
import { expectThrows } from '@toploss/testing';
import { describe, expect, test } from 'vitest';
import { normal, sequential, twins, valuesOf } from './models.js';

const x = normal([6, 3], 11);
const y = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3), 'float32');
const args = { epochs: 2, batchSize: 2, shuffle: false, verbose: 0 as const };
const one = { name: 'one', penalty: () => tf.scalar(1) };

const compile = (model: tfl.LayersModel, optimizer: tf.Optimizer) =>
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });

type Computed = ReturnType<tf.Optimizer['computeGradients']>;

const clipped = ({ value, grads }: Computed): Computed => ({
  value,
  grads: Object.fromEntries(
    Object.entries(grads).map(([name, g]) => [name, g && tf.clipByValue(g, -0.01, 0.01)]),
  ),
});

class Clipping extends tf.SGDOptimizer {
  asked = 0;
  override computeGradients(f: () => tf.Scalar, variables?: tf.Variable[]): Computed {
    this.asked += 1;
    return clipped(super.computeGradients(f, variables));
  }
}

/** Takes two passes, as those do that look ahead. */
class Twice extends tf.SGDOptimizer {
  override computeGradients(f: () => tf.Scalar, variables?: tf.Variable[]): Computed {
    tf.dispose(super.computeGradients(f, variables) as never);
    return super.computeGradients(f, variables);
  }
}

class Doubling extends tf.SGDOptimizer {
  override applyGradients(grads: Parameters<tf.Optimizer['applyGradients']>[0]): void {
    const list = grads as { name: string; tensor: tf.Tensor }[];
    super.applyGradients(list.map(({ name, tensor }) => ({ name, tensor: tf.mul(2, tensor) })));
  }
}

function onInstance(): tf.Optimizer {
  const optimizer = tf.train.adam(0.1);
  const { computeGradients } = optimizer;
  return Object.assign(optimizer, {
    computeGradients: (f: () => tf.Scalar, variables?: tf.Variable[]) =>
      clipped(computeGradients.call(optimizer, f, variables)),
  }) as tf.Optimizer;
}

test.each<[string, () => tf.Optimizer]>([
  ['computeGradients of a class', () => new Clipping(0.1)],
  ['computeGradients that takes two passes', () => new Twice(0.1)],
  ['applyGradients of a class', () => new Doubling(0.1)],
  ['computeGradients of an instance', onInstance],
  ['methods of another object, inherited', () => Object.create(tf.train.momentum(0.1, 0.5))],
])('%s: with terms that change nothing as without, bit for bit', async (_what, make) => {
  const [plain, attached] = twins(() => sequential('softmax'));
  compile(plain, make());
  compile(attached, make());
  attach(attached, [one]);
  const expected = await plain.fit(x, y, args);
  const { history } = await attached.fit(x, y, args);
  expect(history).toEqual({ ...expected.history, one: [1, 1] });
  expect(valuesOf(attached)).toEqual(valuesOf(plain));
});

test('by hand: an optimizer that clips moves each weight by no more than it says, terms and all', async () => {
  const model = sequential('softmax');
  const optimizer = new Clipping(0.1);
  compile(model, optimizer);
  const before = valuesOf(model).flat();
  // A gradient of 100 by each of the kernels.
  const pull = {
    name: 'pull',
    penalty: ({ params }: { params: tf.NamedTensorMap }) =>
      Object.values(params)
        .map((w) => tf.mul(100, tf.sum(w)) as tf.Scalar)
        .reduce((a, b) => tf.add(a, b)),
  };
  attach(model, [pull]);
  expect(optimizer.asked).toBe(0); // not at the trial
  await model.trainOnBatch(x, y);
  expect(optimizer.asked).toBe(1);
  for (const [k, value] of valuesOf(model).flat().entries()) {
    expect(value).toBeCloseTo((before[k] as number) - 0.1 * 0.01, 6);
  }
});

test('an optimizer that takes two passes leaves nothing behind', async () => {
  const model = sequential('softmax');
  compile(model, new Twice(0.1));
  attach(model, [one]);
  await model.trainOnBatch(x, y);
  const { numTensors } = tf.memory();
  await model.fit(x, y, args);
  expect(tf.memory().numTensors).toBe(numTensors);
});

class Minimizing extends tf.SGDOptimizer {
  override minimize(f: () => tf.Scalar, returnCost?: boolean, variables?: tf.Variable[]) {
    return super.minimize(() => tf.mul(2, f()) as tf.Scalar, returnCost, variables);
  }
}

describe('a minimize of its own would be left out', () => {
  const message =
    /^layers: expected `optimizer` to have the `minimize` of tf.Optimizer, which is `computeGradients` and `applyGradients`: do there what yours does in `minimize`\. Received: "an optimizer with a `minimize` of its own"/;
  const own = (): tf.Optimizer => {
    const optimizer = tf.train.sgd(0.1);
    const { minimize } = optimizer;
    return Object.assign(optimizer, { minimize: minimize.bind(optimizer) });
  };
  const alone = (): tf.Optimizer => {
    const { minimize, computeGradients, applyGradients } = tf.train.sgd(0.1);
    return { minimize, computeGradients, applyGradients } as tf.Optimizer;
  };

  test.each([
    ['a class', () => new Minimizing(0.1)],
    ['an instance', own],
    ['an object that is like an optimizer', alone],
  ])('that of %s is refused', (_what, make) => {
    const model = sequential('softmax');
    compile(model, make());
    expectThrows(() => attach(model, []), message);
    expect(Object.hasOwn(model, 'compile')).toBe(false);
  });

  test('so it is by a later compile, which leaves the model as tfjs does', async () => {
    const model = sequential('softmax');
    compile(model, tf.train.sgd(0.1));
    attach(model, [one]);
    expect(() => compile(model, new Minimizing(0.1))).toThrow(message);
    expect((await model.fit(x, y, args)).history).not.toHaveProperty('one');
  });

  test('and where it is set later, at the next step', async () => {
    const model = sequential('softmax');
    compile(model, tf.train.sgd(0.1));
    attach(model, [one]);
    const before = valuesOf(model);
    model.optimizer = new Minimizing(0.1);
    await expect(model.trainOnBatch(x, y)).rejects.toThrow(message);
    expect(valuesOf(model)).toEqual(before);
    model.optimizer = tf.train.sgd(0.1);
    await model.trainOnBatch(x, y);
    expect(valuesOf(model)).not.toEqual(before);
  });
});
