export type { Floor } from './excess.js';
export type { NgerOptions } from './formula.js';
export type { NgerState } from './history.js';
export type { NgerInputs, PerTask } from './inputs.js';
export { type Nger, type NgerTermOptions, nger, ngerLoss, ngerWeights } from './nger.js';
export { lossesAndProxies, ntkProxies, type Shared } from './proxies.js';
