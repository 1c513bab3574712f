import * as tf from '@tensorflow/tfjs-core';
import {
  lossesAndProxies,
  type Nger,
  type NgerInputs,
  nger,
  ngerLoss,
  ngerWeights,
  ntkProxies,
} from '@toploss/nger';
import {
  call,
  type Drawn,
  fc,
  floats,
  listOf,
  made,
  remembering,
  size,
  user,
} from '@toploss/testing/recipes';
import { historyRecipe, inForm, inputsOf, type WeightsRecipe, weightsRecipe } from './recipes.js';

export { defaults, tables } from './documented.js';

const three = (of: WeightsRecipe) => [
  inForm(of.form, of.losses),
  inForm(of.form, of.floors),
  inForm(of.form, of.proxies),
  { ...of.options },
];

/** Heads over a representation that they share. */
const heads = fc
  .record({ batch: size(3), width: size(3), tasks: size(3) })
  .chain(({ batch, width, tasks }) =>
    fc.record({
      h: floats([batch, width], ['moderate', 'ties']),
      kernels: fc.array(floats([width, 2], ['moderate', 'ties']), {
        minLength: tasks,
        maxLength: tasks,
      }),
    }),
  );

const headArgs = ({ h, kernels }: { h: Drawn; kernels: Drawn[] }) => {
  const ws = kernels.map((kernel) => made<tf.Rank.R2>(kernel));
  const losses = user((x: tf.Tensor) =>
    ws.map((w) => tf.mean(tf.square(tf.tanh(tf.matMul(x as tf.Tensor2D, w))))),
  );
  return [losses, made(h)];
};

export const calls = [
  call('ngerWeights', weightsRecipe, three, ngerWeights),
  call('ngerLoss', weightsRecipe, three, ngerLoss),
  call('ntkProxies', heads, headArgs, ntkProxies),
  call('lossesAndProxies', heads, headArgs, lossesAndProxies),
  call(
    'nger',
    historyRecipe,
    (of) => [{ ...of.options }, of.steps.map((step) => inputsOf(step, of.form))],
    (options, steps) =>
      remembering(
        nger(options),
        ...listOf(steps)
          .slice(1)
          .map((step) => (term: Nger) => term.observe(step as NgerInputs)),
        (term) => term.loss(listOf(steps)[0] as NgerInputs),
        (term) => term.weights(),
      ),
  ),
  call(
    'nger, setState',
    historyRecipe,
    (of) => {
      const weighting = nger(of.options);
      for (const step of of.steps) {
        weighting.observe(inputsOf(step, of.form));
      }
      const state = weighting.getState();
      weighting.dispose();
      return [state, { ...of.options }, inputsOf(of.steps[0] as never, of.form)];
    },
    (state, options, step) =>
      remembering(
        nger(options),
        (term) => term.setState(state),
        (term) => term.loss(step),
        (term) => term.weights(),
      ),
  ),
];
