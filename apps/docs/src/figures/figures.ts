import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers the gradients
import { convergence } from './convergence.js';
import { cvpDescent, cvpGate } from './cvp.js';
import { dmtaHalfLife, dmtaMemory } from './dmta.js';
import { ngerFigure } from './nger.js';
import { saspMargin, saspProbes } from './sasp.js';
import { sbmpNoise } from './sbmp.js';

/** Every figure of the site and the paper, computed by the packages, as SVG. */
export const FIGURES: Readonly<Record<string, () => string>> = {
  convergence,
  'cvp-descent': cvpDescent,
  'cvp-gate': cvpGate,
  'dmta-half-life': dmtaHalfLife,
  'dmta-memory': dmtaMemory,
  'nger-weights': ngerFigure,
  'sasp-margin': saspMargin,
  'sasp-probes': saspProbes,
  'sbmp-noise': sbmpNoise,
};
