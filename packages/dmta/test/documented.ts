import * as tf from '@tensorflow/tfjs-core';
import { dmta, dmtaPenalty } from '@toploss/dmta';
import { documented, made, madeByName } from '@toploss/testing/recipes';
import { angleRecipe, averaged, averageRecipe } from './recipes.js';

// What the README says is meant where an option is left out, and what takes its table of options.

export const defaults = [
  documented('dmtaPenalty', angleRecipe, ({ grad, slow, options }) => ({
    defaults: { eps: 1e-12 },
    options,
    run: (options) => dmtaPenalty(made<tf.Rank.R1>(grad), made<tf.Rank.R1>(slow), options),
  })),
  documented('dmta', averageRecipe, ({ steps, options }) => ({
    defaults: { mode: 'linear', lambda: 1, mu: 0.9999, alpha: 5, start: 'zero' },
    options,
    run: (options) => {
      const term = averaged(dmta(options), steps.map(madeByName));
      const answer = [term.correct(madeByName(steps[0] ?? []), {}), term.getState()];
      term.dispose();
      return answer;
    },
  })),
];

const z = tf.zeros<tf.Rank.R2>([1, 2]);
const loss = () => tf.scalar(0);
export const tables = [
  [
    dmta,
    (options: object) => dmta({ mode: 'cosine', loss, ...options } as never),
    (options: object) => dmtaPenalty(z, z, options),
  ],
];
