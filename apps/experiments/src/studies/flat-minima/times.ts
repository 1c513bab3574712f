import type { Method } from '../../classification/methods.js';
import type { Case } from '../../timing/case.js';
import { ALL_STEPS, BY_NOISE, byNoise, EVERY, MODELS, saspOf, TUNED } from './arms.js';
import { COURSES, type ModelName, modelOf } from './models.js';

/** The models and arms whose steps are timed; what the knobs are set to does not matter for it. */
export const flatMinimaCases = (): Case[] =>
  MODELS.map((model) => ({
    network: model,
    study: 'flat-minima',
    build: () => modelOf(model, 1),
    batch: COURSES[model].batch,
    turns: 20,
    methods: methodsOf(model),
  }));

const methodsOf = (model: ModelName): Record<string, Method> => ({
  plain: { name: 'plain' },
  'plain, again': { name: 'plain' },
  L2: { name: 'L2', lambda: 1e-3 },
  SAM: { name: 'SAM', rho: 0.1 },
  NSO: { name: 'NSO', sigma: 0.01 },
  [ALL_STEPS]: saspOf(model)(0.1),
  [TUNED]: saspOf(model)(0.1, EVERY),
  ...(model === 'MLP' && { [BY_NOISE]: byNoise(0.1) }),
});
