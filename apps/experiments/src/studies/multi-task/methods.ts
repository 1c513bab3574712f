import type { MethodOf } from '../../method.js';
import { excessMtl } from './methods/excess-mtl.js';
import { fixedWeights } from './methods/fixed.js';
import { nger } from './methods/nger.js';
import { ntkmtl } from './methods/ntkmtl.js';
import type { Step, Training } from './methods/step.js';
import { uncertaintyWeighting } from './methods/uncertainty.js';

/** Every way to weigh two tasks, by its name in a setting. */
const METHODS = {
  'fixed weights': fixedWeights,
  'uncertainty weighting': uncertaintyWeighting,
  NTKMTL: ntkmtl,
  ExcessMTL: excessMtl,
  NGER: nger,
};

export type Method = MethodOf<typeof METHODS>;

export const stepOf = (method: Method, training: Training): Step =>
  METHODS[method.name](method as never, training);
