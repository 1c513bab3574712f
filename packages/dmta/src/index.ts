export { type DmtaOptions, dmtaPenalty } from './alignment.js';
export {
  type CosineDmta,
  type CosineDmtaOptions,
  type Dmta,
  type DmtaInputs,
  dmta,
  type LinearDmtaOptions,
} from './dmta.js';
export { type DmtaGradientOptions, dmtaGradient } from './gradient.js';
export {
  type HalfLifeMuOptions,
  halfLifeMu,
  type LinearAlphaOptions,
  linearAlpha,
  type Schedule,
} from './schedules.js';
export type { Start } from './slow-average.js';
export type { DmtaState } from './state.js';
