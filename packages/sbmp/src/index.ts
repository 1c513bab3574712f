export type { SbmpOptions } from './inputs.js';
export type { Mask } from './padding.js';
export { type SbmpInputs, type SbmpTermOptions, sbmp, sbmpPenalty } from './sbmp.js';
