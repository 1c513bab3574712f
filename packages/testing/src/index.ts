export * from './close.js';
export { type CorrectionSubject, correctionContract } from './contract/correction.js';
export { type PenaltySubject, penaltyContract } from './contract/penalty.js';
export { type StateSubject, stateContract } from './contract/state.js';
export * from './device.js';
export * from './golden.js';
export * from './leaks.js';
export { normal } from './normal.js';
export { numericalGradient } from './numerical-gradient.js';
