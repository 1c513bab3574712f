import * as tf from '@tensorflow/tfjs-core';
import { expectThrows } from '@toploss/testing';
import { expect, test } from 'vitest';
import { trainStep } from '../src/index.js';
import {
  type Correction,
  type Regularizer,
  type ValuedCorrection,
  weightAt,
} from '../src/kit/index.js';

/** Two parameters, a quadratic loss in both, and what it takes to look at them. */
function problem() {
  const a = tf.variable(tf.scalar(2));
  const b = tf.variable(tf.tensor1d([1, -3]));
  const loss = (): tf.Scalar => tf.add(tf.square(a), tf.sum(tf.square(b)));
  const values = () => [...a.dataSync(), ...b.dataSync()];
  return { a, b, loss, values };
}

const half: Regularizer<{ x: tf.Scalar }> & { name: 'half' } = {
  name: 'half',
  penalty: ({ x }) => tf.mul(0.5, tf.square(x)),
};

/** g ← g + 1 */
const push: Correction = {
  name: 'push',
  correct: (grads) =>
    Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.add(g, 1)])),
};

test('by hand: a penalty, a correction and a step of descent', () => {
  const theta = tf.variable(tf.scalar(3));
  const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: [half, push] });
  // L = θ² = 9, Φ = ½θ² = 4.5, g = 2θ + θ + 1 = 10, θ′ = 3 − .1·10 = 2
  const losses = step(() => ({ loss: tf.square(theta), x: theta as unknown as tf.Scalar }));
  expect(Object.keys(losses).sort()).toEqual(['base', 'half', 'total']);
  expect(losses.base.dataSync()[0]).toBeCloseTo(9, 5);
  expect(losses.half.dataSync()[0]).toBeCloseTo(4.5, 5);
  expect(losses.total.dataSync()[0]).toBeCloseTo(13.5, 5);
  expect(theta.dataSync()[0]).toBeCloseTo(2, 5);
});

const optimizers = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  adam: () => tf.train.adam(0.1, 0.9, 0.999, 1e-7),
  rmsprop: () => tf.train.rmsprop(0.05),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.5, 0.9, 1e-6),
  adamax: () => tf.train.adamax(0.1, 0.9, 0.999, 1e-7),
};

test.each(Object.entries(optimizers))('without terms it is %s.minimize, bit for bit', (_, make) => {
  const ours = problem();
  const theirs = problem();
  const step = trainStep({ optimizer: make(), params: [ours.a, ours.b], terms: [] });
  const optimizer = make();
  for (let k = 0; k < 5; k++) {
    tf.dispose(step(() => ({ loss: ours.loss() })));
    optimizer.minimize(theirs.loss, false, [theirs.a, theirs.b]);
  }
  expect(ours.values()).toEqual(theirs.values());
});

test('every part takes its turn', () => {
  const { a, loss } = problem();
  const calls: string[] = [];
  const note = (call: string) => calls.push(call);
  const step = trainStep({
    optimizer: {
      applyGradients: () => note('apply'),
      learningRate: 0.1,
    } as unknown as tf.Optimizer,
    params: [a],
    terms: [
      {
        name: 'watcher',
        observe: () => note('observe'),
        getState: () => null,
        setState: () => undefined,
        dispose: () => undefined,
      },
      {
        name: 'decay',
        decouple: (params: tf.NamedTensorMap) => {
          note('before');
          return (updated: tf.NamedTensorMap) => {
            note('decouple');
            expect(Object.keys(updated)).toEqual(Object.keys(params));
            return { value: tf.scalar(0), params: { [a.name]: tf.scalar(7) } };
          };
        },
        correct: () => ({}),
      },
      {
        name: 'correction',
        correct: (grads: tf.NamedTensorMap) => {
          note('correct');
          return grads;
        },
      },
      {
        name: 'penalty',
        penalty: () => {
          note('penalty');
          return tf.scalar(1);
        },
      },
    ],
  });
  step(() => {
    note('forward');
    return { loss: loss() };
  });
  expect(calls).toEqual([
    'forward',
    'penalty',
    'correct',
    'before',
    'apply',
    'decouple',
    'observe',
  ]);
  expect(a.dataSync()[0]).toBe(7);
});

test('observers see what forward returned, still alive, and corrections the gradients', () => {
  const { a, b, loss } = problem();
  const seen: number[] = [];
  const state = { getState: () => null, setState: () => undefined, dispose: () => undefined };
  const step = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a, b],
    terms: [
      {
        name: 'outputs',
        observe: ({ taskLosses }: { taskLosses: tf.Scalar[] }) => {
          seen.push(...taskLosses.map((x) => x.dataSync()[0] as number));
        },
        ...state,
      },
      {
        ...push,
        observe: (grads: tf.NamedTensorMap) => {
          seen.push((grads[a.name] as tf.Tensor).dataSync()[0] as number);
        },
        ...state,
      },
    ],
  });
  step(() => ({ loss: loss(), taskLosses: [tf.add(a, 1), tf.mul(a, 10)] as tf.Scalar[] }));
  // ∂a²/∂a = 4 at a = 2, before the correction; the tasks' losses are 3 and 20
  expect(seen).toEqual([4, 3, 20]);
});

test('schedules see the steps 0, 1, 2, …', () => {
  const { a, b, loss } = problem();
  const steps: (number | undefined)[] = [];
  const counter = {
    name: 'counter',
    penalty: (_: object, at?: number) => {
      steps.push(at);
      return tf.scalar(0);
    },
  };
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [counter] });
  for (let k = 0; k < 3; k++) {
    step(() => ({ loss: loss() }));
  }
  expect(steps).toEqual([0, 1, 2]);
});

test('resumed training goes on with the number of its step, after 2²⁴ too', () => {
  const { a, b, loss } = problem();
  const steps: (number | undefined)[] = [];
  const counter: Correction = {
    name: 'counter',
    correct: (grads, _params, at) => {
      steps.push(at);
      return grads;
    },
  };
  const [optimizer, params, terms] = [tf.train.sgd(0.1), [a, b], [counter]];
  const step = trainStep({ optimizer, params, terms, firstStep: 2 ** 24 });
  for (let k = 0; k < 3; k++) {
    step(() => ({ loss: loss() }));
  }
  expect(steps).toEqual([16777216, 16777217, 16777218]);
  expect(() => trainStep({ optimizer, terms, firstStep: 0.5 })).toThrow(
    /^core.trainStep: expected `firstStep` to be an integer ≥ 0.*Received: 0.5/,
  );
});

test('a composition is taken apart', () => {
  const { a, b, loss } = problem();
  const both = { name: 'both', terms: [half, push] } as const;
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [both] });
  const losses = step(() => ({ loss: loss(), x: a as unknown as tf.Scalar }));
  expect(losses.half.dataSync()[0]).toBe(2);
  // a′ = 2 − .1 (4 + 2 + 1)
  expect(a.dataSync()[0]).toBeCloseTo(1.3, 5);
});

test('ten steps leave nothing behind, inside and outside of a tidy', () => {
  const { a, b, loss } = problem();
  const step = trainStep({
    optimizer: tf.train.adam(0.01),
    params: [a, b],
    terms: [half, push],
  });
  const once = () => step(() => ({ loss: loss(), x: a as unknown as tf.Scalar }));
  tf.dispose(once());
  const before = tf.memory().numTensors;
  for (let k = 0; k < 5; k++) {
    tf.dispose(once());
    tf.tidy(() => {
      once();
    });
  }
  expect(tf.memory().numTensors).toBe(before);
});

type Method = 'penalty' | 'correct' | 'valueAndCorrect' | 'decouple';
type Bad = {
  title: string;
  message: RegExp;
  method?: Method;
  result?: (a: tf.Variable) => unknown;
};

function fail(message: string): never {
  tf.ones([3]);
  throw new Error(message);
}

/** x, whose gradient cannot be computed. */
const failingBack = (x: tf.Tensor): tf.Tensor =>
  tf.customGrad(((x: tf.Tensor) => ({
    value: tf.clone(x),
    gradFunc: () => fail('oh'),
  })) as never)(x);

const failures: Bad[] = [
  { title: 'forward throws', message: /^oh$/, result: () => fail('oh') },
  {
    title: 'forward returns nothing',
    message: /expected `forward\(\)` to be an object. Received: undefined/,
    result: () => undefined,
  },
  { title: 'no loss', message: /`loss` .*\[\].*Received: undefined/, result: () => ({}) },
  { title: 'a vector', message: /`loss`.*float32 \[2\]/, result: () => ({ loss: tf.ones([2]) }) },
  { title: 'a constant', message: /./, result: () => ({ loss: tf.scalar(1) }) },
  { title: 'a penalty throws', message: /^oh$/, method: 'penalty', result: () => fail('oh') },
  {
    title: 'a penalty that is no scalar',
    message: /^term: expected `penalty` of shape \[\]/,
    method: 'penalty',
    result: () => tf.ones([2]),
  },
  {
    title: 'a gradient throws',
    message: /^oh$/,
    method: 'penalty',
    result: (a) => failingBack(tf.mul(a, tf.square(a))),
  },
  { title: 'a correction throws', message: /^oh$/, method: 'correct', result: () => fail('oh') },
  {
    title: 'a correction that forgets a parameter',
    message: /^term: expected `grads\./,
    method: 'correct',
    result: () => ({}),
  },
  {
    title: 'a correction of another shape',
    message: /^term: expected `grads\..* of shape \[\]. Received: float32 \[2\]/,
    method: 'correct',
    result: (a) => ({ [a.name]: tf.ones([2]) }),
  },
  {
    title: 'a correction without gradients',
    message: /^term: expected `grads` to be an object. Received: undefined/,
    method: 'correct',
    result: () => undefined,
  },
  {
    title: 'a correction of a parameter too many',
    message: /^term: expected `grads` to have keys among .* Received: "other"/,
    method: 'correct',
    result: (a) => ({ [a.name]: tf.scalar(1), other: tf.scalar(1) }),
  },
  {
    title: 'a correction with neither value nor gradients',
    message: /^term: expected `valueAndCorrect\(\)` to be an object. Received: undefined/,
    method: 'valueAndCorrect',
    result: () => undefined,
  },
  {
    title: 'a correction that forgets its value',
    message: /^term: expected `value` .*\[\]. Received: undefined/,
    method: 'valueAndCorrect',
    result: (a) => ({ grads: { [a.name]: tf.scalar(1) } }),
  },
  {
    title: 'a correction whose value is no scalar',
    message: /^term: expected `value` of shape \[\]. Received: float32 \[2\]/,
    method: 'valueAndCorrect',
    result: (a) => ({ value: tf.ones([2]), grads: { [a.name]: tf.scalar(1) } }),
  },
  {
    title: 'a decoupled term that returns no function',
    message: /^term: expected `decouple\(\)` to be a function. Received: undefined/,
    method: 'decouple',
    result: () => undefined,
  },
  {
    title: 'a decoupled step throws',
    message: /^oh$/,
    method: 'decouple',
    result: () => () => fail('oh'),
  },
  {
    title: 'a decoupled step that returns nothing',
    message: /^term: expected `decouple\(\)\(\)` to be an object. Received: undefined/,
    method: 'decouple',
    result: () => () => undefined,
  },
  {
    title: 'a decoupled step that forgets its value',
    message: /^term: expected `value` .* Received: undefined/,
    method: 'decouple',
    result: () => (params: tf.NamedTensorMap) => ({ params }),
  },
  {
    title: 'a decoupled step that forgets a parameter',
    message: /^term: expected `params\..*` .* Received: undefined/,
    method: 'decouple',
    result: () => () => ({ value: tf.scalar(0), params: {} }),
  },
  {
    title: 'a decoupled step to another type',
    message: /dtype/,
    method: 'decouple',
    result: (a) => () => ({ value: tf.scalar(0), params: { [a.name]: tf.scalar(1, 'int32') } }),
  },
  {
    title: 'a decoupled term throws',
    message: /^oh$/,
    method: 'decouple',
    result: () => fail('oh'),
  },
  ...(['penalty', 'correct', 'decouple'] as const).map((method) => ({
    title: `a schedule of NaN (${method})`,
    message: /^term: expected `lambda\(0\)` .* Received: NaN\.$/,
    method,
    result: () => weightAt('term', () => Number.NaN, 0),
  })),
];

test.each(failures)('$title: nothing moves or leaks, the step is not counted', (bad) => {
  const { message, method, result } = bad;
  const a = tf.variable(tf.scalar(2));
  const steps: (number | undefined)[] = [];
  const right = {
    penalty: () => tf.scalar(0),
    correct: (grads: tf.NamedTensorMap) => grads,
    valueAndCorrect: (grads: tf.NamedTensorMap) => ({ value: tf.scalar(0), grads }),
    decouple: () => (params: tf.NamedTensorMap) => ({ value: tf.scalar(0), params }),
  };
  let isBad = true;
  const term = method && {
    name: 'term',
    ...(method === 'valueAndCorrect' && { correct: right.correct }),
    [method]: (grads: tf.NamedTensorMap) => (isBad ? result?.(a) : right[method](grads)),
  };
  const counter = {
    name: 'counter',
    penalty: (_: object, at?: number) => {
      steps.push(at);
      return tf.scalar(0);
    },
  };
  const step = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: (term ? [counter, term] : [counter]) as (typeof counter)[],
  });
  const forward = () =>
    (isBad && method === undefined ? result?.(a) : { loss: tf.square(a) }) as { loss: tf.Scalar };

  const before = tf.memory().numTensors;
  expect(() => step(forward)).toThrow(message);
  expect(a.dataSync()[0]).toBe(2);
  expect(tf.memory().numTensors).toBe(before);

  isBad = false;
  tf.dispose(step(forward));
  expect(a.dataSync()[0]).toBeCloseTo(1.6, 5); // 2 − .1·4
  expect(new Set(steps)).toEqual(new Set([0]));
});

test('an optimizer that throws halfway: the parameters go back', () => {
  const { a, b, loss, values } = problem();
  const optimizer = tf.train.sgd(0.1);
  const applyGradients = () => {
    a.assign(tf.scalar(7));
    fail('oh');
  };
  Object.assign(optimizer, { applyGradients });
  const step = trainStep({ optimizer, params: [a, b], terms: [] });
  const { numTensors } = tf.memory();
  expect(() => step(() => ({ loss: loss() }))).toThrow(/^oh$/);
  expect(values()).toEqual([2, 1, -3]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('when an observer throws, the step has been taken and counts; nothing leaks', () => {
  const a = tf.variable(tf.scalar(2));
  const steps: (number | undefined)[] = [];
  const penalty = (_: object, at?: number) => {
    steps.push(at);
    return tf.scalar(0);
  };
  const watcher = { name: 'watcher', penalty, observe: () => fail('oh'), ...stateless };
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a], terms: [watcher] });
  const { numTensors } = tf.memory();
  for (const after of [1.6, 1.28]) {
    // 2 − .1·4 = 1.6, 1.6 − .1·3.2 = 1.28
    expect(() => step(() => ({ loss: tf.square(a) as tf.Scalar }))).toThrow(/^oh$/);
    expect(a.dataSync()[0]).toBeCloseTo(after, 5);
  }
  expect(steps).toEqual([0, 1]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('parameters that change their names between two steps', () => {
  const { a, b, loss } = problem();
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [] });
  tf.dispose(step(() => ({ loss: loss() })));
  (b as { name: string }).name = 'renamed';
  const before = a.dataSync()[0];
  expect(() => step(() => ({ loss: loss() }))).toThrow(
    /core.trainStep: expected `params` .*'renamed'/,
  );
  expect(a.dataSync()[0]).toBe(before);
});

test('a parameter that changes its name before the first step', () => {
  const { a, b, loss } = problem();
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [] });
  (b as { name: string }).name = 'renamed at once';
  const before = a.dataSync()[0];
  expectThrows(
    () => step(() => ({ loss: loss() })),
    /^core.trainStep: expected `params` to be registered under their names, and 'renamed at once'/,
  );
  expect(a.dataSync()[0]).toBe(before);
});

test('where no params are given, what forward throws comes out as it is', () => {
  const { a } = problem();
  const step = trainStep({ optimizer: tf.train.sgd(0.1), terms: [] });
  const forward = () => fail(`after ${tf.square(a).rank}`);
  expectThrows(() => step(forward), /^after 0$/);
});

test('what it is called with is checked', () => {
  const optimizer = tf.train.sgd(0.1);
  const { a } = problem();
  const call = (options: unknown) => () => trainStep(options as never);
  expect(call({ terms: [] })).toThrow(
    /^core.trainStep: expected `optimizer` .* Received: undefined/,
  );
  expect(call({ optimizer, terms: 1 })).toThrow(/expected `terms` .* Received: 1/);
  expect(call({ optimizer, terms: [{ name: 'x' }] })).toThrow(/expected `terms\[0\]`/);
  expect(call({ optimizer, terms: [half, half] })).toThrow(/names of their own.*"half"/);
  expect(call({ optimizer, terms: [{ ...half, name: 'total' }] })).toThrow(/"total"/);
  expect(call({ optimizer, terms: [], params: [a, a] })).toThrow(/`params` to be distinct/);
  expect(call({ optimizer, terms: [], params: [tf.scalar(1)] })).toThrow(/trainable variables/);
  expect(call({ optimizer, terms: [], steps: 3 })).toThrow(/keys among .*"steps"/);
  expect(() => trainStep({ optimizer, terms: [] })(3 as never)).toThrow(
    'core.trainStep: expected `forward` to be a function. Received: 3.',
  );
});

test('a decoupled step needs a learning rate', () => {
  const { a } = problem();
  const step = trainStep({
    optimizer: { applyGradients: () => undefined } as unknown as tf.Optimizer,
    params: [a],
    terms: [{ name: 'decay', correct: () => ({}), decouple: () => () => fail('not reached') }],
  });
  expect(() => step(() => ({ loss: tf.square(a) as tf.Scalar }))).toThrow(
    /^decay: expected `optimizer.learningRate`/,
  );
});

/** A term with nothing to remember. */
const stateless = { getState: () => null, setState: () => undefined, dispose: () => undefined };

test('by hand: a decoupled step acts on θ′, at the optimizer’s learning rate of the moment', () => {
  const a = tf.variable(tf.scalar(3));
  const decay = (name: string, lambda: number) => ({
    name,
    correct: (grads: tf.NamedTensorMap) => grads,
    decouple: (params: tf.NamedTensorMap, rate: number) => (updated: tf.NamedTensorMap) => ({
      value: tf.scalar(lambda),
      params: tf.tidy(() => ({
        [a.name]: tf.sub(
          updated[a.name] as tf.Tensor,
          tf.mul(rate * lambda, params[a.name] as tf.Tensor),
        ),
      })),
    }),
  });
  const optimizer = tf.train.sgd(0.1);
  const terms = [decay('first', 0.5), decay('second', 2)];
  const step = trainStep({ optimizer, params: [a], terms });
  const once = () => step(() => ({ loss: tf.square(a) as tf.Scalar })) as Record<string, tf.Scalar>;
  // 3 − .1·6 = 2.4, − .1·.5·3 = 2.25, − .1·2·3 = 1.65: both see θ = 3, the second the first's θ′
  const losses = once();
  expect(a.dataSync()[0]).toBeCloseTo(1.65, 5);
  expect(losses.first?.dataSync()[0]).toBe(0.5);
  expect(losses.second?.dataSync()[0]).toBe(2);
  expect(losses.total?.dataSync()[0]).toBe(9); // a decoupled term is no part of the loss
  // η = .01: 1.65 − .01·3.3 − .01·2.5·1.65 = 1.57575
  optimizer.setLearningRate(0.01);
  tf.dispose(losses);
  const { numTensors } = tf.memory();
  tf.dispose(once());
  expect(a.dataSync()[0]).toBeCloseTo(1.57575, 5);
  for (let k = 0; k < 100; k++) tf.dispose(once());
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('a correction with a value reports it; the next correction sees the gradients it made', () => {
  const a = tf.variable(tf.scalar(3));
  const seen: number[] = [];
  const double = {
    name: 'double' as const,
    correct: () => fail('the value comes with the gradients'),
    valueAndCorrect: (grads: tf.NamedTensorMap, params: tf.NamedTensorMap) => {
      const [g, theta] = [grads[a.name] as tf.Tensor, params[a.name] as tf.Tensor];
      seen.push(g.dataSync()[0] as number);
      return { value: tf.mul(10, theta) as tf.Scalar, grads: { [a.name]: tf.mul(2, g) } };
    },
    observe: (grads: tf.NamedTensorMap) => {
      seen.push((grads[a.name] as tf.Tensor).dataSync()[0] as number);
    },
    ...stateless,
  };
  const step = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: [half, push, double],
  });
  const losses = step(() => ({ loss: tf.square(a) as tf.Scalar, x: a as unknown as tf.Scalar }));
  // g = 6 + 3 = 9; push makes 10 of it, double 20; θ′ = 3 − 2; observed is g of the loss, 9
  expect(seen[0]).toBeCloseTo(10, 5);
  expect(seen[1]).toBeCloseTo(9, 5);
  expect(a.dataSync()[0]).toBeCloseTo(1, 5);
  expect(losses.double.dataSync()[0]).toBe(30);
  expect(Object.keys(losses).sort()).toEqual(['base', 'double', 'half', 'total']);
});

test('a term keeps what is its own: its value and its parameters', () => {
  const { a, b, loss } = problem();
  const own = tf.scalar(5);
  const last = { [a.name]: tf.scalar(1), [b.name]: tf.tensor1d([2, 3]) };
  const correct = (grads: tf.NamedTensorMap) => grads;
  const step = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a, b],
    terms: [
      {
        name: 'corrects' as const,
        correct,
        valueAndCorrect: (grads: tf.NamedTensorMap) => ({ value: own, grads }),
      },
      {
        name: 'replaces' as const,
        decouple: () => () => ({ value: own, params: last }),
      },
      {
        name: 'leaves' as const,
        decouple: () => (params: tf.NamedTensorMap) => ({
          value: a as unknown as tf.Scalar,
          params,
        }),
      },
    ],
  });
  const { numTensors } = tf.memory();
  for (let k = 0; k < 3; k++) {
    const losses = step(() => ({ loss: loss() }));
    expect(losses.corrects.dataSync()[0]).toBe(5);
    expect(losses.leaves.dataSync()[0]).toBe(1);
    tf.dispose(losses);
    expect([...a.dataSync(), ...b.dataSync()]).toEqual([1, 2, 3]);
  }
  expect(own.dataSync()[0]).toBe(5);
  expect(Object.values(last).some(({ isDisposed }) => isDisposed)).toBe(false);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('a correction may return the gradients in another order at every step', () => {
  const a = tf.variable(tf.scalar(2), true, 'order/a');
  const b = tf.variable(tf.tensor1d([1, -3]), true, 'order/b');
  const turn: Correction = {
    name: 'turn',
    correct: (grads, _, step = 0) => {
      const entries = Object.entries(grads);
      return Object.fromEntries(step % 2 === 0 ? entries : entries.reverse());
    },
  };
  const run = (terms: Correction[]) => {
    a.assign(tf.scalar(2));
    b.assign(tf.tensor1d([1, -3]));
    const step = trainStep({ optimizer: tf.train.adam(0.1), params: [a, b], terms });
    for (let k = 0; k < 3; k++) {
      tf.dispose(step(() => ({ loss: tf.add(tf.square(a), tf.sum(tf.square(b))) })));
    }
    return [...a.dataSync(), ...b.dataSync()];
  };
  expect(run([turn])).toEqual(run([]));
});

test('observers reach tensors in Maps and Sets; an instance of a class must not lose its own', () => {
  const { a, b, loss, values } = problem();
  class Batch {
    readonly x: tf.Tensor;
    readonly own = a;
    constructor(x: tf.Tensor) {
      this.x = x;
    }
  }
  let seen: unknown[] = [];
  type Outputs = { map: Map<string, tf.Tensor[]>; set: Set<tf.Tensor>; batch: Batch };
  const step = trainStep({
    optimizer: tf.train.sgd(0),
    params: [a, b],
    terms: [
      {
        name: 'watcher',
        observe: ({ map, set, batch }: Outputs) => {
          const [inMap] = map.get('layer') as [tf.Tensor];
          const [inSet] = set as Iterable<tf.Tensor> as [tf.Tensor];
          seen = [inMap.dataSync()[0], inSet.dataSync()[0], batch];
        },
        ...stateless,
      },
    ],
  });
  const lasting = new Batch(tf.scalar(1));
  const once = (make: () => Batch) =>
    step(() => ({
      loss: loss(),
      map: new Map([['layer', [tf.add(a, 1)]]]),
      set: new Set([tf.add(a, 2)]),
      batch: make(),
    }));
  const { numTensors } = tf.memory();
  tf.dispose(once(() => lasting));
  expect(seen).toEqual([3, 4, lasting]);
  seen = [];
  expect(() => once(() => new Batch(tf.add(a, 3)))).toThrow(
    /^core.trainStep: expected `forward\(\)` to hold .* Received: an instance of Batch\.$/,
  );
  expect(seen).toEqual([]);
  expect(values()).toEqual([2, 1, -3]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('observers reach tensors in arrays and objects of any depth, and everything else as it is', () => {
  const { a, b, loss } = problem();
  let seen: unknown[] = [];
  const modelFn = (x: tf.Tensor) => x;
  const target = tf.scalar(5);
  const step = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a, b],
    terms: [
      {
        name: 'watcher',
        observe: (outputs: {
          layers: { input: tf.Tensor }[];
          nested: tf.Tensor[][];
          modelFn: unknown;
          note: unknown;
          target: tf.Tensor;
        }) => {
          seen = [
            outputs.layers[0]?.input.dataSync()[0],
            outputs.nested[0]?.[1]?.dataSync()[0],
            outputs.target.dataSync()[0],
            outputs.modelFn,
            outputs.note,
          ];
        },
        ...stateless,
      },
    ],
  });
  const once = () =>
    step(() => ({
      loss: loss(),
      layers: [{ input: tf.add(a, 1) }],
      nested: [[tf.add(a, 2), tf.add(a, 3)]],
      modelFn,
      note: null,
      target,
    }));
  tf.dispose(once());
  // at θ before the step: a = 2
  expect(seen).toEqual([3, 5, 5, modelFn, null]);
  const { numTensors } = tf.memory();
  for (let k = 0; k < 100; k++) tf.dispose(once());
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(target.isDisposed).toBe(false);
});

test('after an observed step fails, nothing of what forward returned is left', () => {
  const { a, b, loss, values } = problem();
  const step = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a, b],
    terms: [
      { name: 'watcher', observe: () => undefined, ...stateless },
      { name: 'bad', correct: () => fail('oh') },
    ],
  });
  const { numTensors } = tf.memory();
  expect(() => step(() => ({ loss: loss(), logits: [tf.add(a, 1)] }))).toThrow('oh');
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(values()).toEqual([2, 1, -3]);
});

test('the caller owns the losses, each a tensor of its own', () => {
  const { a, b, loss } = problem();
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [half] });
  const { numTensors } = tf.memory();
  const first = step(() => ({ loss: loss(), x: a as unknown as tf.Scalar }));
  expect(tf.memory().numTensors).toBe(numTensors + 3);
  const second = step(() => ({ loss: loss(), x: a as unknown as tf.Scalar }));
  tf.dispose(second);
  first.total.dispose();
  expect(first.base.dataSync()[0]).toBe(14); // 4 + 1 + 9
  expect(first.half.dataSync()[0]).toBe(2);
  tf.dispose(first);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('a step may be taken inside a tidy from the first on: nothing that lasts is lost', () => {
  const inside = problem();
  const outside = problem();
  const make = ({ a, b }: typeof inside) =>
    trainStep({ optimizer: tf.train.adam(0.1), params: [a, b], terms: [] });
  const [tidied, plain] = [make(inside), make(outside)];
  for (let k = 0; k < 5; k++) {
    tf.tidy(() => {
      tidied(() => ({ loss: inside.loss() }));
    });
    tf.dispose(plain(() => ({ loss: outside.loss() })));
  }
  expect(inside.values()).toEqual(outside.values());
});

test('a listed parameter that was disposed of, or made anew under the same name', () => {
  const { a, b, loss } = problem();
  const step = trainStep({ optimizer: tf.train.adam(0.1), params: [a, b], terms: [] });
  tf.dispose(step(() => ({ loss: loss() })));
  const [before] = a.dataSync();
  b.dispose();
  const named = new RegExp(
    `^core.trainStep: expected \`params\` to be registered under their names, and '${b.name}'`,
  );
  expect(() => step(() => ({ loss: tf.square(a) as tf.Scalar }))).toThrow(named);
  // Before `forward` meets it and tfjs says "Tensor is disposed."
  expect(() => step(() => ({ loss: loss() }))).toThrow(named);
  const again = tf.variable(tf.tensor1d([1, 2, 3]), true, b.name);
  const both = () => ({ loss: tf.add(tf.square(a), tf.sum(tf.square(again))) as tf.Scalar });
  expect(() => step(both)).toThrow(named);
  expect(a.dataSync()[0]).toBe(before);
  expect(Array.from(again.dataSync())).toEqual([1, 2, 3]);
  again.dispose();
});

test('a variable that is not listed stays, and so does one that does not train', () => {
  const { a, b, loss } = problem();
  const fixed = tf.variable(tf.scalar(4), false);
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a], terms: [] });
  tf.dispose(step(() => ({ loss: tf.mul(fixed, loss()) as tf.Scalar })));
  expect(a.dataSync()[0]).toBeCloseTo(0.4, 5); // 2 − .1 · 4 · 4
  expect(Array.from(b.dataSync())).toEqual([1, -3]);
  expect(fixed.dataSync()[0]).toBe(4);
});

test('names inside a composition count too; its own does not', () => {
  const optimizer = tf.train.sgd(0.1);
  const nest = (...terms: object[]) => ({ name: 'total', terms });
  const call = (...terms: object[]) => trainStep({ optimizer, terms: terms as never });
  expect(() => call(nest(nest(half), push))).not.toThrow();
  expect(() => call(half, nest(push, nest(half)))).toThrow(/names of their own.*"half"\.$/);
  expect(() => call(half, half)).toThrow(
    /names of their own, none of them total, base, loss, half or a property of every object\. /,
  );
  for (const name of ['total', 'base', 'loss', 'toString', '__proto__', undefined, 3]) {
    expect(() => call(nest({ ...half, name }))).toThrow(
      /^core.trainStep: expected `terms` to have/,
    );
  }
  expect(() => call(nest({ name: 'x' }))).toThrow(/expected `terms\[0\]`/);
});

test('an input that a term misses stops the step before anything moves', () => {
  const { a, b, loss, values } = problem();
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [half] });
  const { numTensors } = tf.memory();
  expect(() => step((() => ({ loss: loss() })) as never)).toThrow();
  expect(values()).toEqual([2, 1, -3]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('a parameter of the list that is gone is named before the loss trips over it', () => {
  const { a, b, loss } = problem();
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [] });
  b.dispose();
  expect(() => step(() => ({ loss: loss() }))).toThrow(
    new RegExp(`^core.trainStep: expected \`params\` to be registered .*'${b.name}'`),
  );
});

test('without observers an instance of a class may hold what is gone after the step', () => {
  const { a, b, loss } = problem();
  class Batch {
    readonly x = tf.add(a, 1);
  }
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [] });
  expect(() => tf.dispose(step(() => ({ loss: loss(), batch: new Batch() })))).not.toThrow();
});

test('a decoupled term needs a rate, a finite number ≥ 0', () => {
  const { a, b, loss, values } = problem();
  const stay = {
    name: 'stay' as const,
    decouple: () => (params: tf.NamedTensorMap) => ({ value: tf.scalar(0), params }),
  };
  for (const learningRate of [undefined, '1', -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    const optimizer = { learningRate, applyGradients: () => undefined };
    const step = trainStep({ optimizer, params: [a, b], terms: [stay] });
    expect(() => step(() => ({ loss: loss() }))).toThrow(
      /^stay: expected `optimizer.learningRate` to be a number ≥ 0/,
    );
  }
  expect(values()).toEqual([2, 1, -3]);
});

test('what a correction returns is a gradient for each parameter, also beside its value', () => {
  const { a, b, loss, values } = problem();
  const short: ValuedCorrection = {
    name: 'short',
    correct: (grads) => grads,
    valueAndCorrect: (grads) => ({
      value: tf.scalar(0),
      grads: { [a.name]: grads[a.name] } as never,
    }),
  };
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [a, b], terms: [short] });
  expect(() => step(() => ({ loss: loss() }))).toThrow(
    new RegExp(`^short: expected \`grads.${b.name}\` to be a tensor of shape \\[2\\]`),
  );
  expect(values()).toEqual([2, 1, -3]);
});

test('terms are an array', () => {
  const optimizer = tf.train.sgd(0.1);
  for (const terms of [undefined, half, 3]) {
    expect(() => trainStep({ optimizer, terms } as never)).toThrow(
      /^core.trainStep: expected `terms` to be an array/,
    );
  }
  expect(() => trainStep({ optimizer, terms: [{ name: 'none' }] as never })).toThrow(
    /^core.trainStep: expected `terms\[0\]` to be a penalty/,
  );
});
