import * as tf from '@tensorflow/tfjs-core';
import {
  type SaspInputs,
  sasp,
  saspAnyLayer,
  saspCrossEntropy,
  saspPenalty,
  saspWeightsPenalty,
} from '@toploss/sasp';
import {
  call,
  fc,
  floats,
  made,
  nonNegative,
  options,
  type PenaltyRecipe,
  share,
  size,
  user,
  variable,
} from '@toploss/testing/recipes';
import { type HeadRecipe, headOptions, headRecipe, headRecipeOf } from './head.js';
import { networkCalls, ofNetwork } from './network/calls.js';

export { defaults, tables } from './documented.js';
export { means, subjects, terms } from './subjects.js';

const headTensors = ({ logits, features, targets }: HeadRecipe) =>
  [logits, features, targets].map((x) => made(x));

const withLambda = fc.tuple(headRecipe, fc.option(nonNegative, { nil: undefined }));
const weight = (lambda: number | undefined) => (lambda === undefined ? {} : { lambda });

/** ‖x W‖², a loss for each example, of tensors and variables of their own. */
const perExample = fc
  .record({ batch: size(3), fanIn: size(3), fanOut: size(3) })
  .chain(({ batch, fanIn, fanOut }) =>
    fc.record({
      x: floats([batch, fanIn], ['moderate', 'ties']),
      w: floats([fanIn, fanOut], ['moderate', 'ties']),
      options: options({
        probes: size(3),
        seed: fc.nat(),
        step: fc.constantFrom(1e-3, 1e-2),
        difference: fc.constantFrom('central', 'forward'),
      }),
    }),
  );

/** tanh(x W) + b, with noise or without. */
const weightNoise = fc
  .record({ batch: size(3), fanIn: size(3), classes: fc.integer({ min: 2, max: 4 }) })
  .chain(({ batch, fanIn, classes }) =>
    fc.record({
      x: floats([batch, fanIn], ['moderate', 'ties']),
      w: floats([fanIn, classes], ['moderate', 'ties']),
      b: floats([classes], ['moderate', 'ties']),
      v: fc.option(floats([fanIn, classes], ['moderate']), { nil: undefined }),
      options: options({
        head: fc.constantFrom('softmax', 'sigmoid', 'linear'),
        scale: fc.constantFrom('absolute', 'relative'),
        sigma: fc.constantFrom(1e-3, 0.1, 1),
        root: fc.boolean(),
        fraction: share,
        seed: fc.nat(),
      }),
    }),
  );

/** The term of the last layer. */
export const ofHead: PenaltyRecipe<HeadRecipe, SaspInputs> = {
  name: 'sasp',
  make: sasp,
  drawn: headRecipe,
  ordinary: headRecipeOf(['unit']),
  inputs: (of) => {
    const [logits, features, targets] = headTensors(of) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return { logits, features, targets };
  },
  options: headOptions,
  by: ['logits', 'features'],
};

export const penalties = [ofHead, ofNetwork];

export const calls = [
  ...networkCalls,
  call('saspPenalty', headRecipe, (of) => [...headTensors(of), headOptions(of)], saspPenalty),
  call(
    'saspCrossEntropy',
    withLambda,
    ([of, lambda]) => [...headTensors(of), { ...headOptions(of), ...weight(lambda) }],
    saspCrossEntropy,
  ),
  call(
    'saspAnyLayer',
    perExample,
    ({ x, w, options }) => {
      const [input, kernel] = [made<tf.Rank.R2>(x), variable(w)];
      const losses = user(() =>
        tf.sum(tf.square(tf.tanh(tf.matMul(input, kernel as tf.Tensor2D))), 1),
      );
      return [losses, [kernel], options];
    },
    saspAnyLayer,
  ),
  call(
    'saspWeightsPenalty',
    weightNoise,
    ({ x, w, b, v, options }) => {
      const [input, W, bias] = [made<tf.Rank.R2>(x), variable(w), variable(b)];
      const f = user((x: tf.Tensor) =>
        tf.add(tf.tanh(tf.matMul(x as tf.Tensor2D, W as tf.Tensor2D)), bias),
      );
      const noise = v && { noise: { [W.name]: made(v), [bias.name]: tf.ones(bias.shape) } };
      return [f(input), f, input, [W, bias], { seed: 0, ...options, ...noise }];
    },
    saspWeightsPenalty,
  ),
];
