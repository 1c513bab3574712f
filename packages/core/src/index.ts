export { assertGradients } from './assert-gradients.js';
export { collapsed } from './collapsed.js';
export {
  type DifferenceOptions,
  hessianTrace,
  hessianVectorProduct,
  type ProductOptions,
  type TraceOptions,
} from './hessian.js';
export { stopGradient } from './stop-gradient.js';
export { surrogate } from './surrogate.js';
export type {
  Correction,
  Decoupled,
  InputsOf,
  Losses,
  Regularizer,
  Stateful,
  Term,
} from './term.js';
export { type Forward, type TrainStepOptions, trainStep } from './train-step.js';
export type { Weight } from './weight.js';
