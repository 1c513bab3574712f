import * as tf from '@tensorflow/tfjs-core';
import type { History } from '@tensorflow/tfjs-layers';
import type { Losses } from './step.js';
import { override } from './watch/override.js';

type Logs = Record<string, number | tf.Scalar>;

/**
 * The logs of the current batch of one call of `fit`. They are reached through the history that tfjs makes for the call,
 * which is the last of its callbacks. So `fit` has no extra callback, and needs none of a certain class.
 */
export class Entries {
  #logs: Logs | undefined;
  #averaged: string[] = [];

  /** @param history Of the call; tfjs has given it the parameters by now. */
  follow(history: History): void {
    const { onBatchBegin, onTrainEnd } = history;
    this.#averaged = history.params.metrics as string[];
    const restore = override(history, {
      onBatchBegin: (batch, logs) => {
        this.#logs = logs as Logs | undefined;
        return onBatchBegin.call(history, batch, logs);
      },
      onTrainEnd: (logs) => {
        restore();
        return onTrainEnd.call(history, logs);
      },
    });
  }

  /** Adds values of the current step to the logs: tfjs averages them and disposes of them. */
  add(values: Losses): void {
    if (this.#logs === undefined) {
      return;
    }
    for (const [name, value] of Object.entries(values)) {
      this.#logs[name] = tf.keep(tf.clone(value));
      if (!this.#averaged.includes(name)) {
        this.#averaged.push(name);
      }
    }
  }
}
