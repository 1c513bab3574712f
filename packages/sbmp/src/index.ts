export type { Mask, SbmpOptions } from './inputs.js';
export { type SbmpInputs, type SbmpTermOptions, sbmp, sbmpPenalty } from './sbmp.js';
