import type { MethodOf } from '../method.js';
import { brier } from './methods/brier.js';
import { composite } from './methods/composite.js';
import { cvp } from './methods/cvp.js';
import { featureNorm } from './methods/feature-norm.js';
import { l2 } from './methods/l2.js';
import { labelSmoothing } from './methods/label-smoothing.js';
import { neftune } from './methods/neftune.js';
import { nso } from './methods/nso.js';
import { plain } from './methods/plain.js';
import { rDrop } from './methods/r-drop.js';
import { sam } from './methods/sam.js';
import { sasp } from './methods/sasp.js';
import { saspNetwork } from './methods/sasp-network.js';
import { saspWeights } from './methods/sasp-weights.js';
import { sbmp } from './methods/sbmp.js';
import type { Step, Training } from './methods/step.js';
import { symnoise } from './methods/symnoise.js';
import { weightDecay } from './methods/weight-decay.js';
import { xsam } from './methods/xsam.js';

/** Every way to train a classifier, by its name in the tables. */
const METHODS = {
  plain,
  'label smoothing': labelSmoothing,
  'CE + Brier': brier,
  'CE + ‖h‖²': featureNorm,
  L2: l2,
  SAM: sam,
  XSAM: xsam,
  SASP: sasp,
  'SASP network': saspNetwork,
  'SASP by weight noise': saspWeights,
  NSO: nso,
  'weight decay': weightDecay,
  CVP: cvp,
  composite,
  NEFTune: neftune,
  SymNoise: symnoise,
  'R-Drop': rDrop,
  SBMP: sbmp,
};

export type Method = MethodOf<typeof METHODS>;

export const stepOf = (method: Method, training: Training): Step =>
  METHODS[method.name](method as never, training);
