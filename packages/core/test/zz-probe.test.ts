import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import {
  closedForm,
  gradientsOf,
  hessianTrace,
  hessianVectorProduct,
  norm,
  sum,
  surrogate,
  trainStep,
} from '../src/index.js';

const tryIt = (name: string, f: () => unknown) => {
  const n = tf.memory().numTensors;
  let out: unknown;
  try {
    out = f();
  } catch (e) {
    out = `THROWS ${(e as Error).message}`;
  }
  console.log(name, out, 'leak', tf.memory().numTensors - n);
};
const v = (t: tf.Tensor) => Array.from(t.dataSync());
test('probe', () => {
  tryIt('norm NaN', () => tf.tidy(() => v(norm([tf.tensor1d([Number.NaN, 1])]))));
  tryIt('norm Inf', () => tf.tidy(() => v(norm([tf.tensor1d([Number.POSITIVE_INFINITY, 1])]))));
  tryIt('norm 1e-40', () => tf.tidy(() => v(norm([tf.tensor1d([3e-40, 4e-40])]))));
  tryIt('norm 1e38', () => tf.tidy(() => v(norm([tf.tensor1d([1e38, 1e38])]))));
  tryIt('norm empty', () => tf.tidy(() => v(norm([]))));
  tryIt('norm zero-size', () => tf.tidy(() => v(norm([tf.zeros([0]), tf.ones([1])]))));
  tryIt('sum zero-size', () => tf.tidy(() => v(sum(tf.zeros([0])))));
  tryIt('sum int', () =>
    tf.tidy(() => [v(sum(tf.fill([5000], 3, 'int32'))), sum(tf.fill([5000], 3, 'int32')).dtype]),
  );
  tryIt('sum 2048*1024+5', () => tf.tidy(() => v(sum(tf.fill([2048 * 1024 + 5], 1)))));
  tryIt('surrogate empty', () => tf.tidy(() => v(surrogate({}, {}))));
  const x = tf.variable(tf.tensor1d([1, 2]), true, 'x');
  tryIt('gradientsOf nonscalar', () => gradientsOf('w', () => tf.square(x) as never, [x]));
  tryIt('gradientsOf nothing', () => gradientsOf('w', () => undefined as never, [x]));
  tryIt('gradientsOf async', () => gradientsOf('w', (async () => tf.scalar(1)) as never, [x]));
  tryIt('hvp nonscalar', () =>
    hessianVectorProduct(() => tf.square(x) as never, [x], {
      x: tf.tidy(() => tf.keep(tf.ones([2]))),
    }),
  );
  tryIt('hvp v null', () =>
    hessianVectorProduct(() => tf.sum(tf.square(x)) as never, [x], null as never),
  );
  tryIt('hvp loss not function', () => hessianVectorProduct(3 as never, [x], { x: x }));
  const same = tf.tensor1d([1, 1]);
  tryIt('trace nonscalar', () => hessianTrace(() => tf.square(x) as never, [x]));
  tryIt('closedForm twice same input', () =>
    tf.tidy(() =>
      v(
        tf.grad((y) =>
          closedForm([y, y], () => ({ value: tf.sum(y), grads: [tf.ones([2]), tf.ones([2])] })),
        )(same),
      ),
    ),
  );
  // recreated with same name, params default
  const a = tf.variable(tf.scalar(2), true, 'a');
  let b = tf.variable(tf.tensor1d([1, 2]), true, 'b');
  const step = trainStep({ optimizer: tf.train.adam(0.1), terms: [] });
  const loss = () => ({ loss: tf.add(tf.square(a), tf.sum(tf.square(b))) as tf.Scalar });
  tf.dispose(step(loss));
  b.dispose();
  b = tf.variable(tf.tensor1d([1, 2, 3]), true, 'b');
  const before = [...v(a), ...v(b)];
  tryIt('recreated, default params', () => {
    const r = step(loss);
    tf.dispose(r as never);
    return 'ok';
  });
  console.log('moved', before, [...v(a), ...v(b)]);
  // NaN loss etc
  const P = (name: string, o: object) => ({ name, ...o });
  const one = tf.scalar(1);
  const s2 = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: [
      P('c', {
        correct: (g: tf.NamedTensorMap) => g,
        valueAndCorrect: (g: tf.NamedTensorMap) => ({ value: one, grads: g }),
      }) as never,
    ],
  });
  const r = s2((() => ({ loss: tf.square(a) })) as never) as unknown as tf.NamedTensorMap;
  tf.dispose(r);
  console.log('valued correction own scalar disposed by caller:', one.isDisposed);
  const s3 = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: [
      P('both', { penalty: () => tf.scalar(3), correct: (g: tf.NamedTensorMap) => g }) as never,
    ],
  });
  console.log(
    'Regularizer & Correction reports',
    Object.keys(s3((() => ({ loss: tf.square(a) })) as never)),
  );
  // bad decoupled result
  const s4 = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: [P('d', { correct: (g: tf.NamedTensorMap) => g, decouple: () => undefined }) as never],
  });
  let prev = v(a);
  tryIt('decouple returns undefined', () => s4((() => ({ loss: tf.square(a) })) as never));
  console.log('moved', prev, v(a));
  const s5 = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: [
      P('d', {
        correct: (g: tf.NamedTensorMap) => g,
        decouple: () => () => ({ value: tf.scalar(0), params: {} }),
      }) as never,
    ],
  });
  prev = v(a);
  tryIt('decouple update returns {}', () => s5((() => ({ loss: tf.square(a) })) as never));
  console.log('moved', prev, v(a));
  // valueAndCorrect bad
  const s6 = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: [
      P('d', { correct: (g: tf.NamedTensorMap) => g, valueAndCorrect: () => undefined }) as never,
    ],
  });
  prev = v(a);
  tryIt('valueAndCorrect returns undefined', () => s6((() => ({ loss: tf.square(a) })) as never));
  const s7 = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: [P('d', { correct: () => undefined }) as never],
  });
  tryIt('correct returns undefined', () => s7((() => ({ loss: tf.square(a) })) as never));
  tryIt('valued value no scalar', () => {
    const s = trainStep({
      optimizer: tf.train.sgd(0.1),
      params: [a],
      terms: [
        P('d', {
          correct: (g: tf.NamedTensorMap) => g,
          valueAndCorrect: (g: tf.NamedTensorMap) => ({ grads: g }),
        }) as never,
      ],
    });
    return Object.entries(s((() => ({ loss: tf.square(a) })) as never)).map(([k, t]) => [
      k,
      String(t),
    ]);
  });
  console.log('moved', prev, v(a));
  // alias: forward returns a long-lived tensor as target
  const target = tf.ones([3]);
  const s8 = trainStep({
    optimizer: tf.train.sgd(0.1),
    params: [a],
    terms: [
      P('o', {
        observe: (o: { targets: tf.Tensor }) =>
          console.log(
            'observe',
            o.targets.isDisposed,
            (o as never as { deep: { m: Map<string, tf.Tensor> } }).deep.m.get('t')?.isDisposed,
          ),
        getState: () => 0,
        setState: () => 0,
        dispose: () => 0,
      }) as never,
    ],
  });
  tf.dispose(
    s8((() => ({
      loss: tf.square(a),
      targets: target,
      deep: { m: new Map([['t', tf.add(a, 1)]]) },
    })) as never) as never,
  );
  console.log('target disposed', target.isDisposed);
  // loss int / variable
  tryIt('loss is a variable', () =>
    s8((() => ({ loss: a, targets: target, deep: { m: new Map() } })) as never),
  );
  tryIt('empty map', () =>
    s8((() => ({ loss: tf.mul(0, tf.sum(x)), targets: target, deep: { m: new Map() } })) as never),
  );
  tryIt('terms null', () => trainStep({ optimizer: tf.train.sgd(1), terms: [null] as never }));
  tryIt('terms string', () => trainStep({ optimizer: tf.train.sgd(1), terms: ['x'] as never }));
  tryIt('composition empty', () =>
    trainStep({ optimizer: tf.train.sgd(1), terms: [{ name: 'n', terms: [] }] }),
  );
  tryIt('terms missing', () => trainStep({ optimizer: tf.train.sgd(1) } as never));
  tryIt('optimizer null', () => trainStep({ optimizer: null, terms: [] } as never));
  tryIt('options undefined', () => trainStep(undefined as never));
  tryIt('forward not function', () =>
    trainStep({ optimizer: tf.train.sgd(1), terms: [], params: [a] })(3 as never),
  );
  // hierarchical trainable=false variable not listed
  tryIt('optimizer throws', () => {
    const s = trainStep({
      optimizer: {
        applyGradients: () => {
          tf.ones([2]);
          throw new Error('opt');
        },
      } as never,
      params: [a],
      terms: [],
    });
    return s((() => ({ loss: tf.square(a) })) as never);
  });
});
