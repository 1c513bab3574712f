export type { Start } from './average.js';
export type { CosineDmta, CosineDmtaOptions } from './cosine.js';
export { dmta } from './dmta.js';
export { type DmtaOptions, dmtaPenalty } from './formula.js';
export { type DmtaGradientOptions, dmtaGradient } from './gradient.js';
export type { LinearDmtaOptions } from './linear.js';
export type { Dmta, DmtaInputs } from './mode.js';
export {
  type HalfLifeMuOptions,
  halfLifeMu,
  type LinearAlphaOptions,
  linearAlpha,
  type Schedule,
} from './schedules.js';
export type { DmtaState } from './state.js';
