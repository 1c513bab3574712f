import { nger, ngerWeights } from '@toploss/nger';
import { documented } from '@toploss/testing/recipes';
import { type HistoryRecipe, historyRecipe, inputsOf, weightsRecipe } from './recipes.js';

// What the README says is meant where an option is left out, and what takes its table of options.

const ofWeights = { gamma: 1, eps: 1e-6, total: 1 };

export const defaults = [
  documented('ngerWeights', weightsRecipe, ({ losses, floors, proxies, options }) => ({
    defaults: ofWeights,
    options,
    run: (options: object) => ngerWeights(losses.values, floors.values, proxies.values, options),
  })),
  documented('nger', historyRecipe, ({ steps, form, options }) => ({
    defaults: { ...ofWeights, floor: 'ema-min', window: 200 },
    options,
    run: (options: HistoryRecipe['options']) => {
      const weighting = nger(options);
      for (const step of steps) {
        weighting.observe(inputsOf(step, form));
      }
      const answer = [weighting.weights(), weighting.getState()];
      weighting.dispose();
      return answer;
    },
  })),
];

export const tables = [[nger]];
