export { type SaspAnyLayerOptions, saspAnyLayer } from './any-layer.js';
export { type SaspCrossEntropyOptions, saspCrossEntropy } from './cross-entropy.js';
export type { Head } from './heads.js';
export type { Targets } from './inputs.js';
export {
  type SaspInputs,
  type SaspOptions,
  type SaspTermOptions,
  sasp,
  saspPenalty,
} from './sasp.js';
