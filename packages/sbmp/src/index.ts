export type { Mask } from './padding.js';
export { type SbmpOptions, sbmpPenalty } from './sbmp.js';
export { type SbmpInputs, type SbmpTermOptions, sbmp } from './term.js';
