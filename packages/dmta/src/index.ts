export { type DmtaOptions, dmta, dmtaPenalty } from './dmta.js';
export { dmtaGradient } from './gradient.js';
export type {
  CosineDmta,
  CosineDmtaOptions,
  Dmta,
  DmtaGradientOptions,
  DmtaInputs,
  DmtaState,
  LinearDmtaOptions,
  Schedule,
  Start,
} from './inputs.js';
export {
  type HalfLifeMuOptions,
  halfLifeMu,
  type LinearAlphaOptions,
  linearAlpha,
} from './schedules.js';
