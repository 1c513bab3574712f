export type { Floor } from './excess.js';
export type { NgerOptions } from './formula.js';
export type { NgerState } from './history.js';
export type { NgerInputs, PerTask } from './inputs.js';
export { type Nger, type NgerTermOptions, nger } from './nger.js';
export { lossesAndProxies, ntkProxies, type Shared } from './proxies.js';
export { ngerLoss, ngerWeights } from './weights.js';
