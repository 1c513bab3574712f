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

type Methods = typeof METHODS;

/** A method and its options, as plain data. */
export type Method = {
  [Name in keyof Methods]: { name: Name } & Parameters<Methods[Name]>[0];
}[keyof Methods];

export const stepOf = (method: Method, training: Training): Step =>
  METHODS[method.name](method as never, training);
