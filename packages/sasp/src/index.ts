export type { Head } from '@toploss/core/kit';
export { type SaspAnyLayerOptions, saspAnyLayer } from './any-layer.js';
export { type SaspCrossEntropyOptions, saspCrossEntropy } from './cross-entropy.js';
export { type Activation, type ActivationName, leakyRelu } from './network/activations.js';
export type { DenseLayer } from './network/layers.js';
export { type SaspNetworkOptions, saspNetworkPenalty } from './network/network.js';
export {
  type SaspNetworkInputs,
  type SaspNetworkTermOptions,
  type SaspWeightsInputs,
  saspNetwork,
} from './network/term.js';
export { type SaspWeightsOptions, saspWeightsPenalty } from './network/weights.js';
export {
  type SaspInputs,
  type SaspOptions,
  type SaspTermOptions,
  sasp,
  saspPenalty,
} from './sasp.js';
