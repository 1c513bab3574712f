import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { composite } from '@toploss/composite';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { attach } from '@toploss/layers';
import { sasp, saspNetwork } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { call, fc, options, Planted, size } from '@toploss/testing/recipes';

const makers = {
  sasp: () => sasp(),
  saspNetwork: () => saspNetwork({ seed: 1 }),
  sbmp: () => sbmp({ seed: 1 }),
  cvp: () => cvp({ decoupled: true }),
  dmta: () => dmta(),
  composite: () => composite([sasp({ lambda: 0.1 }), cvp()]),
};

/** A compiled model, and terms to be attached to it. */
const recipe = fc.record({
  width: size(3),
  classes: fc.constantFrom(2, 3),
  activation: fc.constantFrom<Sizes['activation']>('tanh', 'relu', 'sigmoid'),
  terms: fc.uniqueArray(fc.constantFrom(...(Object.keys(makers) as (keyof typeof makers)[])), {
    maxLength: 3,
  }),
  options: options({ firstStep: fc.nat(), output: fc.constant('out') }),
});

interface Sizes {
  readonly width: number;
  readonly classes: number;
  readonly activation: 'tanh' | 'relu' | 'sigmoid';
}

function compiled({ width, classes, activation }: Sizes): tfl.Sequential {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 2, activation, inputShape: [width] }),
      tfl.layers.dense({ units: classes, activation: 'softmax', name: 'out' }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' });
  return model;
}

export const calls = [
  call(
    'attach',
    recipe,
    ({ terms, options, ...of }) => [compiled(of), terms.map((name) => makers[name]()), options],
    (model, terms, options) => {
      try {
        attach(model, terms, options).detach();
      } catch (error) {
        const { cause } = error as Error;
        throw cause instanceof Planted ? cause : error; // it says in which step the user's own error came
      }
      return [];
    },
  ),
];
