import type * as tf from '@tensorflow/tfjs-core';
import { check } from '../watch/model.js';
import type { Pass } from '../watch/pass.js';
import type { Way } from './network.js';
import { type Prediction, predictionOf } from './prediction.js';
import { checkTrained } from './shared.js';
import type { Weighting } from './weighting.js';

/** How the terms read a model, as it is compiled. */
export interface ReadSettings {
  /** The number of the output that the terms read; `undefined` where there are several and none was chosen. */
  readonly output: number | undefined;
  readonly weighting: Weighting | undefined;
  /** How `saspNetwork` measures this model. The trial of `attach` decides, for all steps. */
  readonly decided: { via?: Way };
}

/** The pass that a step begins with, from which the inputs are read. */
export class FirstPass {
  readonly pass: Pass;
  readonly settings: ReadSettings;
  /** Whether a term has read something that runs the model again. */
  mayRepeat = false;
  readonly #isTrial: boolean;
  #prediction: Prediction | undefined;

  constructor(pass: Pass, settings: ReadSettings, isTrial: boolean) {
    this.pass = pass;
    this.settings = settings;
    this.#isTrial = isTrial;
  }

  get prediction(): Prediction {
    if (this.#prediction === undefined) {
      const found = predictionOf(this.pass, this.output('logits'));
      this.checkTrained([found.logits]);
      this.#prediction = found;
    }
    return this.#prediction;
  }

  /** The output that an input is read from. */
  output(key: string): number {
    const { output } = this.settings;
    if (output === undefined) {
      const { outputNames } = this.pass.model;
      const expected = `of one output, to be named in the option \`output\`: one of ${outputNames.join(', ')}`;
      check.reject(key, expected, `a model with ${outputNames.length} outputs`);
    }
    return output;
  }

  /** Throws in a trial, unless these come from trained weights. */
  checkTrained(logits: readonly tf.Tensor[]): void {
    if (this.#isTrial) {
      checkTrained(this.pass, logits);
    }
  }
}
