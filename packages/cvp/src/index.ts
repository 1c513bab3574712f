export { type ApplyCvpOptions, applyCvp, type CvpOptions, cvpPenalty } from './cvp.js';
export type { GateOptions } from './gate.js';
export type { Filter, Gradients, Tensors } from './parameters.js';
export { type Cvp, type CvpInputs, type CvpTermOptions, cvp } from './term.js';
