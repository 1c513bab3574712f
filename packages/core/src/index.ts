export { assertGradients } from './assert-gradients.js';
export { collapsed } from './collapsed.js';
export { stopGradient, surrogate } from './correspondence.js';
export {
  type DifferenceOptions,
  hessianTrace,
  hessianVectorProduct,
  type ProductOptions,
  type TraceOptions,
} from './hessian.js';
export type { Weight } from './kit/weight.js';
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
