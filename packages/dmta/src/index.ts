export { type DmtaOptions, dmtaPenalty } from './alignment.js';
export type { CosineDmta, CosineDmtaOptions } from './cosine.js';
export { dmta } from './dmta.js';
export { type DmtaGradientOptions, dmtaGradient } from './gradient.js';
export type { LinearDmtaOptions } from './linear.js';
export {
  type HalfLifeMuOptions,
  halfLifeMu,
  type LinearAlphaOptions,
  linearAlpha,
  type Schedule,
} from './schedules.js';
export type { Start } from './slow-average.js';
export type { DmtaState } from './state.js';
export type { Dmta, DmtaInputs } from './term.js';
