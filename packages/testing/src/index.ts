export * from './close.js';
export * from './golden.js';
export * from './leaks.js';
export { numericalGradient } from './numerical-gradient.js';
