import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { dmta } from '@toploss/dmta';
import { expectClose, expectNoLeak, expectSame, expectThrows, valuesOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

const [one, two] = [(x: number) => tf.tensor1d([x]), (x: number, y: number) => tf.tensor1d([x, y])];
const throughJson = <T>(state: T): T => JSON.parse(JSON.stringify(state));

describe('a variable without a gradient in a step', () => {
  test.each([
    ['zero', [1, 2]],
    ['first', [2, 4]],
  ] as const)(
    'waits, and one that comes later starts then, start %s, by hand',
    (start, [w0, v0]) => {
      // μ = ½. w: 2, –, 6; v: –, 4, –
      const term = dmta({ mu: 0.5, start });
      term.observe({ w: one(2) });
      expectSame(term.slow().w as tf.Tensor, [w0]);
      term.observe({ v: one(4) });
      expectSame(term.slow().w as tf.Tensor, [w0]);
      expectSame(term.slow().v as tf.Tensor, [v0]);
      term.observe({ w: one(6) });
      expectSame(term.slow().w as tf.Tensor, [w0 / 2 + 3]);
      expectSame(term.slow().v as tf.Tensor, [v0]);
      expect(term.getState()).toMatchObject({ steps: 3, average: { w: {}, v: { values: [v0] } } });
      term.dispose();
    },
  );

  test('linear: is not corrected, and one that comes later as in a first step', () => {
    // g + α m̄ with α = 2, μ = ½: w by m̄ = ½·1 + ½·6 = 3.5, 6 + 7; v by ½·4 = 2, 4 + 4
    const term = dmta({ alpha: 2, mu: 0.5 });
    term.observe({ w: one(2), u: one(8) });
    const corrected = term.correct({ w: one(6), v: one(4) }, {});
    expect(Object.keys(corrected)).toEqual(['w', 'v']);
    expectSame(corrected.w as tf.Tensor, [13]);
    expectSame(corrected.v as tf.Tensor, [8]);
    term.dispose();
    // from the first gradient: v by m̄ = 4, 4 + 8
    const first = dmta({ alpha: 2, mu: 0.5, start: 'first' });
    first.observe({ w: one(2) });
    expectSame(first.correct({ w: one(6), v: one(4) }, {}).v as tf.Tensor, [12]);
    first.dispose();
  });

  test('cosine: the angle is between those that have an average and a gradient', () => {
    // L = ½(3x² + y²) + 2v at (1, 4): g = (3, 4), as in gradient.test.ts, and 2; λ = 10: g + λ H v
    const w = tf.variable(two(1, 4), true, 'varying/w');
    const v = tf.variable(one(1), true, 'varying/v');
    const loss = () =>
      tf.add<tf.Scalar>(tf.mul(0.5, tf.sum(tf.mul([3, 1], tf.square(w)))), tf.mul(2, tf.sum(v)));
    const term = dmta({ mode: 'cosine', lambda: 10, mu: 0.5, loss });
    const other = one(1);
    term.observe({ [w.name]: two(2, 0), other });
    const params = { [w.name]: w, [v.name]: v };
    const grads = { [w.name]: two(3, 4), [v.name]: one(2) };
    const { value, grads: corrected } = term.valueAndCorrect(grads, params);
    expectClose(value, 4, 1e-5);
    expectClose(corrected[w.name] as tf.Tensor, [3 - 3.84, 4 + 0.96], 1e-3);
    expectSame(corrected[v.name] as tf.Tensor, [2]);
    const asPenalty = tf.variableGrads(() => term.penalty({ params, grads }), [w, v]);
    expectClose(asPenalty.grads[w.name] as tf.Tensor, [-3.84, 0.96], 1e-3);
    expectSame(asPenalty.grads[v.name] as tf.Tensor, [0]);
    // no variable has both: as before the first step
    const alone = term.valueAndCorrect({ [v.name]: one(2) }, { [v.name]: v });
    expectSame(alone.value, 10);
    expectSame(alone.grads[v.name] as tf.Tensor, [2]);
    term.dispose();
    tf.dispose([w, v]);
  });

  test.each(['linear', 'cosine'] as const)('in trainStep, %s: the batch of an expert', (mode) => {
    const [w, a, b] = [one(1), one(2), one(3)].map((x) => tf.variable(x)) as [
      tf.Variable,
      tf.Variable,
      tf.Variable,
    ];
    let expert = a;
    const loss = () => tf.sum<tf.Scalar>(tf.square(tf.mul(w, expert)));
    const term = mode === 'linear' ? dmta({ mu: 0.5 }) : dmta({ mode, mu: 0.5, loss });
    const step = trainStep({ optimizer: tf.train.sgd(0.01), params: [w, a, b], terms: [term] });
    const run = (of: tf.Variable) => {
      expert = of;
      expectNoLeak(() => ({ ...step(() => ({ loss: loss() })) }));
    };
    tf.dispose({ ...step(() => ({ loss: loss() })) });
    expert = b;
    tf.dispose({ ...step(() => ({ loss: loss() })) }); // b's average is new
    const ofA = valuesOf(term.slow()[a.name] as tf.Tensor);
    run(b);
    expect(valuesOf(term.slow()[a.name] as tf.Tensor)).toEqual(ofA);
    run(a);
    expect(valuesOf(term.slow()[a.name] as tf.Tensor)).not.toEqual(ofA);
    expect(Object.keys(term.getState().average)).toEqual([w, a, b].map(({ name }) => name));
    term.dispose();
    tf.dispose([w, a, b]);
  });

  test('the state has the order of the variables', () => {
    const order = (...steps: string[][]) => {
      const term = dmta();
      for (const names of steps) {
        term.observe(Object.fromEntries(names.map((name) => [name, one(1)])));
      }
      const names = Object.keys(term.getState().average);
      term.dispose();
      return names.join('');
    };
    expect(order(['a', 'c'], ['a', 'b', 'c'])).toBe('abc');
    expect(order(['b'], ['a', 'b'], ['b', 'c'])).toBe('abc');
    expect(order(['a', 'd'], ['b', 'c', 'd'])).toBe('abcd');
    expect(order(['c'], ['a'], ['a', 'b', 'c'])).toBe('abc');
  });

  /** L = Σ (k + 1) vₖ over the variables that are reached: their gradients are 1, 2 and 3. */
  const trained = (prefix: string, batches: number[][], term = dmta({ start: 'first' })) => {
    const all = ['a', 'b', 'c'].map((n) => tf.variable(one(1), true, `${prefix}/${n}`));
    const step = trainStep({ optimizer: tf.train.sgd(0.01), terms: [term] });
    try {
      for (const reached of batches) {
        const loss = () =>
          reached
            .map((k) => tf.mul<tf.Scalar>(k + 1, tf.sum(all[k] as tf.Tensor)))
            .reduce((sum, part) => tf.add(sum, part));
        tf.dispose({ ...step(() => ({ loss: loss() })) });
      }
      return throughJson(term.getState());
    } finally {
      term.dispose();
      tf.dispose(all);
    }
  };
  const restoredFrom = (state: ReturnType<typeof trained>) => {
    const term = dmta();
    term.setState(state);
    return term;
  };

  test('in trainStep without params: one that comes later has its own place', () => {
    const all = [0, 1, 2];
    const saved = trained('late', [[0, 2], all]);
    expect(Object.keys(saved.average)).toEqual(['late/a', 'late/b', 'late/c']);
    const here = trained('again', [all], restoredFrom(saved)).average;
    // m̄ = 1, 2, 3 and the gradients are too
    for (const [k, name] of ['a', 'b', 'c'].entries()) {
      expect(here[`again/${name}`]?.values[0]).toBeCloseTo(k + 1, 5);
    }
  });

  test('whose order no step has shown: is restored by name alone', () => {
    const saved = trained('never', [[0, 2], [1]]);
    expect(saved).toMatchObject({ isOrdered: false });
    expect(() => trained('other', [[0, 1, 2]], restoredFrom(saved))).toThrow(
      /^dmta: expected `grads` to be of the variables never\/a .*, by name: no step had a gradient of every variable/,
    );
    // by name they are found, and the first step that has them all shows their order
    const named = trained('never', [[0, 1, 2]], restoredFrom(saved));
    expect(named.isOrdered).toBeUndefined();
    expect(Object.keys(named.average)).toEqual(['never/a', 'never/b', 'never/c']);
    expect(() => dmta().setState({ ...saved, isOrdered: 1 as never })).toThrow(/state.isOrdered/);
    // neither does an average that is known here take the place of one of another name
    const here = dmta();
    here.observe({ x: one(1), y: one(2), z: one(3) });
    expect(() => here.setState(saved)).toThrow(/`state.average` .* by name: no step/);
    here.dispose();
  });

  test('nothing leaks', () => {
    expectNoLeak(() => {
      const term = dmta();
      const grads = [{ w: one(1) }, { v: one(2) }, { w: one(1), v: one(2) }];
      for (const each of grads) {
        tf.tidy(() => term.observe(each));
      }
      term.dispose();
      return grads as never;
    });
  });
});

describe('restored for a model that was built again', () => {
  const saved = () => {
    const term = dmta({ mu: 0.5 });
    term.observe({ kernel: two(2, 4), bias: one(6) });
    const state = throughJson(term.getState());
    term.dispose();
    return state;
  };
  const restored = () => {
    const term = dmta({ mu: 0.5, alpha: 2 });
    term.setState(saved());
    return term;
  };

  test('before its first gradient: by position and shape, by hand', () => {
    // m̄ = (1, 2) and 3; then ½·m̄ + ½·g with g = (1, 0), 1: (1, 1) and 2; g + 2 m̄ₖ = (3, 2), 5
    const term = restored();
    expect(term.getState()).toEqual(saved());
    const grads = { kernel_1: two(1, 0), bias_1: one(1) };
    const corrected = term.correct(grads, {});
    expectSame(corrected.kernel_1 as tf.Tensor, [3, 2]);
    expectSame(corrected.bias_1 as tf.Tensor, [5]);
    expect(Object.keys(term.slow())).toEqual(['kernel', 'bias']); // correct changes nothing
    term.observe(grads);
    expect(Object.keys(term.slow())).toEqual(['kernel_1', 'bias_1']);
    expectSame(term.slow().kernel_1 as tf.Tensor, [1, 1]);
    expectSame(term.slow().bias_1 as tf.Tensor, [2]);
    term.dispose();
  });

  test('after its first gradient', () => {
    const term = dmta({ mu: 0.5 });
    term.observe({ kernel_1: two(0, 0), bias_1: one(0) });
    term.setState(saved());
    expectSame(term.slow().kernel_1 as tf.Tensor, [1, 2]);
    expectSame(term.slow().bias_1 as tf.Tensor, [3]);
    term.dispose();
  });

  test('names count before places, and some of the names in both do not', () => {
    const term = restored();
    // the same names in another order
    expectSame(term.correct({ bias: one(0), kernel: two(0, 0) }, {}).bias as tf.Tensor, [3]);
    // one name in common: by position
    const shifted = { bias: two(0, 0), bias_1: one(0) };
    expectSame(term.correct(shifted, {}).bias as tf.Tensor, [1, 2]);
    term.dispose();
  });

  test('goes on by name where the first gradients are of some variables, or of more', () => {
    const some = restored();
    some.observe({ bias: one(1) });
    expectSame(some.slow().bias as tf.Tensor, [2]);
    expectSame(some.slow().kernel as tf.Tensor, [1, 2]);
    some.dispose();
    const more = restored();
    more.observe({ kernel: two(1, 0), bias: one(1), extra: one(8) });
    expectSame(more.slow().kernel as tf.Tensor, [1, 1]);
    expectSame(more.slow().extra as tf.Tensor, [4]);
    more.dispose();
  });

  test('what fits neither way is refused with both lists, and nothing changes', () => {
    const cases: tf.NamedTensorMap[] = [
      { kernel_1: two(1, 1) },
      { bias_1: one(1), kernel_1: two(1, 1) },
      { kernel_1: two(1, 1), bias_1: one(1), more: one(1) },
      { kernel: two(1, 1), bias: two(1, 1) },
      { kernel: two(1, 1), bias_1: one(1), more: one(1) },
    ];
    for (const grads of cases) {
      const term = restored();
      const lists =
        /^dmta: expected `grads` to be of the variables kernel \[2\], bias \[1\], by name or by position and shape\. Received: "\w+ \[/;
      expectThrows(() => term.correct(grads, {}), lists);
      expectThrows(() => term.observe(grads), lists);
      expect(term.getState()).toEqual(saved());
      term.dispose();
    }
  });

  test('again and again, each time under other names', () => {
    const term = dmta({ mu: 0.5 });
    let state = saved();
    for (const k of [1, 2, 3]) {
      term.dispose();
      term.setState(state);
      term.setState(state);
      term.observe({ [`kernel_${k}`]: two(0, 0), [`bias_${k}`]: one(0) });
      state = throughJson(term.getState());
    }
    expect(state.average.kernel_3?.values).toEqual([1 / 8, 2 / 8]);
    expect(state.steps).toBe(4);
    term.dispose();
  });

  test('cosine, the same step as under the old names', () => {
    const run = (rebuilt: boolean) => {
      let w = tf.variable(two(1, 4));
      let term = dmta({ mode: 'cosine', lambda: 10, mu: 0.5, loss: () => loss() });
      const loss = () => tf.mul<tf.Scalar>(0.5, tf.sum(tf.mul([3, 1], tf.square(w))));
      const steps = (count: number) => {
        const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [w], terms: [term] });
        for (let k = 0; k < count; k++) {
          tf.dispose({ ...step(() => ({ loss: loss() })) });
        }
      };
      steps(2);
      if (rebuilt) {
        const [values, state] = [valuesOf(w), throughJson(term.getState())];
        tf.dispose(w);
        term.dispose();
        w = tf.variable(tf.tensor1d(values));
        term = dmta({ mode: 'cosine', lambda: 10, mu: 0.5, loss: () => loss() });
        term.setState(state);
      }
      steps(2);
      const result = valuesOf(w);
      tf.dispose(w);
      term.dispose();
      return result;
    };
    expect(run(true)).toEqual(run(false));
  });
});

test.each(['linear', 'cosine'] as const)(
  'by lists and by names, %s, training is the same',
  (mode) => {
    const train = (byNames: boolean) => {
      const params = [two(3, -1), one(2), two(0.5, 4)].map((x) => tf.variable(x));
      let reached = params;
      const loss = () => tf.addN(reached.map((w) => tf.sum(tf.square(w)))) as tf.Scalar;
      const term = dmta(mode === 'cosine' ? { mode, mu: 0.5, loss } : { mu: 0.5 });
      // A user's functions instead of the term's own get names.
      const own: Partial<typeof term> = {
        correct: (...step) => term.correct(...step),
        observe: (grads) => term.observe(grads),
      };
      const step = trainStep({
        optimizer: tf.train.sgd(0.01),
        params,
        terms: [byNames ? { ...term, ...own } : term],
      });
      const everyStep = [
        [0, 2],
        [0, 1, 2],
        [0, 1, 2],
        [1, 2],
        [0, 1, 2],
      ];
      for (const places of everyStep) {
        reached = params.filter((_, k) => places.includes(k));
        tf.dispose(step(() => ({ loss: loss() })) as tf.NamedTensorMap);
      }
      const values = params.map((w) => valuesOf(w));
      const averages = Object.values(term.getState().average);
      term.dispose();
      tf.dispose(params);
      return { values, averages };
    };
    expect(train(false)).toEqual(train(true));
  },
);
