import * as tf from '@tensorflow/tfjs-core';
import {
  type Decoupled,
  hessianTrace,
  hessianVectorProduct,
  stopGradient,
  surrogate,
  trainStep,
} from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { type Dmta, dmta } from '@toploss/dmta';
import { sasp } from '@toploss/sasp';
import fc from 'fast-check';
import { call, user, variable } from '../call.js';
import { type Drawn, floats, made, options, shape, size } from '../tensors.js';
import { named } from './cvp.js';
import { quartic } from './dmta.js';

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
  user(() => tf.addN(params.map((param) => quartic(param))));

const step = fc
  .record({ batch: size(3), width: size(3), classes: fc.integer({ min: 2, max: 3 }) })
  .chain(({ batch, width, classes }) =>
    fc.record({
      x: floats([batch, width], ordinary),
      w: floats([width, classes], ordinary),
      isDecoupled: fc.boolean(),
      hasParams: fc.boolean(),
      lambda: fc.constantFrom(0, 0.01, 1),
    }),
  );

interface StepRecipe {
  x: Drawn;
  w: Drawn;
  isDecoupled: boolean;
  hasParams: boolean;
  lambda: number;
}

/** The term that remembers something, in the step at hand. */
let remembered: Dmta | undefined;

function stepArgs({ x, w, isDecoupled, hasParams, lambda }: StepRecipe) {
  const [input, param] = [made<tf.Rank.R2>(x), variable(w)];
  const targets = tf.zeros([input.shape[0]], 'int32');
  const forward = user(() => {
    const logits = tf.matMul(input, param as tf.Tensor2D);
    return { loss: tf.mean(tf.square(logits)), logits, features: input, targets };
  });
  remembered = dmta({ lambda });
  const own = { ...remembered };
  const terms = [sasp({ lambda }), cvp({ lambda, decoupled: isDecoupled }), own];
  return [
    {
      optimizer: { learningRate: 0.1, applyGradients: descend(param) },
      ...(hasParams && { params: [param] }),
      terms,
    },
    forward,
  ];
}

/** Plain descent. */
const descend = (param: tf.Variable) =>
  user(([{ tensor }]: [{ tensor: tf.Tensor }]) => {
    const moved = tf.sub(param, tf.mul(0.1, tensor));
    param.assign(moved);
    moved.dispose();
  });

export const coreCalls = [
  call('surrogate', pairs, ([c, theta]) => [named(c), named(theta)], surrogate),
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
  call(
    'trainStep',
    step,
    stepArgs,
    (options, forward) => {
      try {
        return trainStep(options)(forward);
      } finally {
        remembered?.dispose(); // which is not a leak
      }
    },
    true,
  ),
  call(
    'cvp, decouple',
    step,
    ({ w, lambda }) => [
      { lambda, decoupled: true },
      { w: made(w) },
      0.1,
      3,
      { w: tf.mul(0.5, made(w)) },
    ],
    (options, params, rate, step, updated) => {
      const decouple = cvp({ ...options, decoupled: true }).decouple as Decoupled['decouple'];
      const { value, params: moved } = decouple(params, rate, step)(updated);
      return [value, Object.values(moved)];
    },
  ),
];
