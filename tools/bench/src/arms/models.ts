import { type Method, stepOf } from '@toploss/experiments/classification/methods';
import { type ModelName, modelOf } from '@toploss/experiments/studies/flat-minima/models';
import { type Arms, adam, batchOf } from './arms.js';
import { PERIOD } from './network.js';

export const MODELS: ModelName[] = ['MLP', 'CNN', 'GRU', 'transformer'];

const NOISE = { name: 'SASP by weight noise', root: 'ratio', lambda: 1 } as const;

const METHODS: Record<string, Method> = {
  plain: { name: 'plain' },
  'weight noise, every 4th step': { ...NOISE, every: PERIOD },
  'weight noise, all steps': NOISE,
  SAM: { name: 'SAM', rho: 0.1 },
};

/** For every method the function that trains a model of its own on images of 8 × 8. */
export function modelArms(model: ModelName): Arms {
  const { x, oneHot } = batchOf({ widths: [64, 10], batch: 32 });
  return Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => {
      const network = modelOf(model, 1);
      const step = stepOf(method, { network, optimizer: adam(), rate: 1e-4, seed: 1 });
      return [name, () => step.take({ x, y: oneHot })];
    }),
  );
}
