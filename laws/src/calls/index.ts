import { compositeCalls } from './composite.js';
import { coreCalls } from './core.js';
import { cvpCalls } from './cvp.js';
import { dmtaCalls } from './dmta.js';
import { layersCalls } from './layers.js';
import { networkCalls } from './network.js';
import { ngerCalls } from './nger.js';
import { saspCalls } from './sasp.js';
import { sbmpCalls } from './sbmp.js';
import { templateCalls } from './template.js';

/** Every public function of the packages that takes tensors, or options for one that does. */
export const calls = [
  ...saspCalls,
  ...networkCalls,
  ...cvpCalls,
  ...sbmpCalls,
  ...templateCalls,
  ...ngerCalls,
  ...dmtaCalls,
  ...coreCalls,
  ...compositeCalls,
  ...layersCalls,
];
