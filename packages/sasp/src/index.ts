export type { Head } from '@toploss/core/kit';
export { type SaspAnyLayerOptions, saspAnyLayer } from './any-layer.js';
export { type Activation, type ActivationName, leakyRelu } from './layers/activations.js';
export type { DenseLayer } from './layers/layers.js';
export { type SaspNetworkOptions, saspNetworkPenalty } from './layers/network-penalty.js';
export {
  type SaspNetworkInputs,
  type SaspNetworkTermOptions,
  type SaspWeightsInputs,
  saspNetwork,
} from './network.js';
export {
  type SaspCrossEntropyOptions,
  type SaspInputs,
  type SaspOptions,
  type SaspTermOptions,
  sasp,
  saspCrossEntropy,
  saspPenalty,
} from './sasp.js';
export { type SaspWeightsOptions, saspWeightsPenalty } from './weights/weights-penalty.js';
