import { recipes } from '../of-packages.js';
import { compositeCalls } from './composite.js';
import { coreCalls } from './core.js';
import { cvpCalls } from './cvp.js';
import { dmtaCalls } from './dmta.js';
import { layersCalls } from './layers.js';
import { networkCalls } from './network.js';
import { ngerCalls } from './nger.js';
import { saspCalls } from './sasp.js';
import { sbmpCalls } from './sbmp.js';

/** Every public function of the packages that takes tensors, or options for one that does. */
export const calls = [
  ...saspCalls,
  ...networkCalls,
  ...cvpCalls,
  ...sbmpCalls,
  ...ngerCalls,
  ...dmtaCalls,
  ...coreCalls,
  ...compositeCalls,
  ...layersCalls,
  ...recipes.flatMap(({ calls }) => calls),
];
