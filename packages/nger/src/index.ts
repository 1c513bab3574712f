export { type NgerOptions, ngerLoss, ngerWeights } from './formula.js';
export { lossesAndProxies } from './losses-and-proxies.js';
export { type Floor, type Nger, type NgerTermOptions, nger } from './nger.js';
export { ntkProxies, type Shared } from './proxies.js';
export type { NgerState } from './state.js';
export type { NgerInputs } from './step.js';
export type { PerTask } from './vector.js';
