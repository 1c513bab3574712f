import type * as tf from '@tensorflow/tfjs-core';
import type { Again, End } from '../watch/again.js';
import type { Trained } from '../watch/model.js';
import type { Pass } from '../watch/pass.js';
import type { Inputs } from './inputs.js';
import type { Way } from './network.js';

/** A step, as far as its first pass. */
export interface Started extends Again {
  readonly model: Trained;
  readonly pass: Pass;
  readonly ends: readonly End[];
  /** The output that the terms read; `undefined` where there are several and none was chosen. */
  readonly output: number | undefined;
  /** How `saspNetwork` measures this model: decided at the first step, the one that `attach` tries, and kept. */
  readonly decided: { via?: Way };
  /** Whether it will not be taken. */
  readonly isTrial: boolean;
  /** Is told when a term asks for another pass. */
  readonly onRepeat: (() => void) | undefined;
  /** The base loss. */
  loss(inputs: Inputs): tf.Scalar;
}
