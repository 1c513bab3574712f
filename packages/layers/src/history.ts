import * as tf from '@tensorflow/tfjs-core';
import type { History } from '@tensorflow/tfjs-layers';
import { override } from './override.js';
import type { Losses } from './step.js';

type Logs = Record<string, number | tf.Scalar>;

/**
 * The logs of the batch that a call of `fit` is at. They are met through the history that tfjs itself makes for the
 * call, the last of its callbacks: so there is no callback more, and none is told late.
 */
export class Entries {
  #logs: Logs | undefined;
  #averaged: string[] = [];

  /** @param history That of the call, which has its parameters by now. */
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

  /** Puts values of the step that is under way among the logs: tfjs averages them, and disposes of them. */
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
