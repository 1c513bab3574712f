import { BETA, type Method } from './method.js';
import { alignment, slowTerm, slowTermWithMemory } from './methods/averages.js';
import { decay, hardGate, l2, softGate } from './methods/decay.js';
import { neftune } from './methods/noise.js';
import { firstOrderSam, sam } from './methods/sharpness.js';
import { nger } from './methods/tasks.js';
import { fisherTrace, hessianTrace, sasp } from './methods/traces.js';

/** By their names in the tables. */
export const METHODS = {
  L2: l2,
  'first-order SAM': firstOrderSam,
  'SASP, fisher': sasp(fisherTrace),
  'SASP, hessian': sasp(hessianTrace),
  'NEFTune, noise fixed': neftune,
  'AdEMAMix, average fixed': slowTerm,
  'DMTA cosine, average fixed': alignment,
  SAM: sam,
  'CVP, soft gate': decay(softGate(BETA)),
  'CWD, hard gate': { ...decay(hardGate), jumps: true },
  'NGER, weighted gradient': nger,
  'AdEMAMix, average a variable': slowTermWithMemory,
} satisfies Record<string, Method>;

export type MethodName = keyof typeof METHODS;

export const methodOf = (name: MethodName): Method => METHODS[name];
