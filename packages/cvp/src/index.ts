export {
  type ApplyCvpOptions,
  applyCvp,
  type Cvp,
  type CvpInputs,
  type CvpTermOptions,
  cvp,
  cvpPenalty,
  type DecoupledCvp,
} from './cvp.js';
export type { CvpOptions, Filter, GateOptions, Gradients, Tensors } from './inputs.js';
