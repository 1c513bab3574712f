export { type ApplyCvpOptions, applyCvp } from './correction.js';
export { type Cvp, type CvpInputs, type CvpTermOptions, cvp, cvpPenalty } from './cvp.js';
export type { CvpOptions } from './formula.js';
export type { GateOptions } from './gate.js';
export type { Filter, Gradients, Tensors } from './parameters.js';
