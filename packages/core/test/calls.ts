import * as tf from '@tensorflow/tfjs-core';
import { hessianTrace, hessianVectorProduct, stopGradient, surrogate } from '@toploss/core';
import {
  call,
  type Drawn,
  fc,
  floats,
  made,
  madeByName,
  options,
  shape,
  size,
  user,
  variable,
} from '@toploss/testing/recipes';

const pairs = fc
  .array(shape(0, 3, 0), { minLength: 1, maxLength: 3 })
  .chain((shapes) =>
    fc.tuple(
      fc.tuple(...shapes.map((shape) => floats(shape))),
      fc.tuple(...shapes.map((shape) => floats(shape))),
    ),
  );

const ordinary = ['moderate', 'ties'] as const;

const vectors = fc.array(shape(0, 2), { minLength: 1, maxLength: 2 }).chain((shapes) =>
  fc.record({
    theta: fc.tuple(...shapes.map((shape) => floats(shape, ordinary))),
    v: fc.tuple(...shapes.map((shape) => floats(shape, [...ordinary, 'tiny', 'large']))),
    options: options({
      step: fc.constantFrom(1e-3, 1e-2),
      difference: fc.constantFrom('central', 'forward'),
    }),
    trace: options({ probes: size(3), seed: fc.nat() }),
  }),
);

const sumOfQuartics = (params: tf.Tensor[]) =>
  user(() => tf.addN(params.map((param) => tf.mean(tf.square(tf.square(tf.sub(param, 0.5)))))));

export const calls = [
  call('surrogate', pairs, ([c, theta]) => [madeByName(c), madeByName(theta)], surrogate),
  call('stopGradient', floats([3]), (x) => [made(x)], stopGradient),
  call(
    'hessianVectorProduct',
    vectors,
    ({ theta, v, options }) => {
      const params = theta.map((x) => variable(x));
      const direction = params.map(({ name }, k) => [name, made(v[k] as Drawn)]);
      return [sumOfQuartics(params), params, Object.fromEntries(direction), { ...options }];
    },
    hessianVectorProduct,
  ),
  call(
    'hessianTrace',
    vectors,
    ({ theta, options, trace }) => {
      const params = theta.map((x) => variable(x));
      return [sumOfQuartics(params), params, { ...options, ...trace }];
    },
    hessianTrace,
  ),
];
