import * as tf from '@tensorflow/tfjs-core';
import type { History } from '@tensorflow/tfjs-layers';
import { override } from './override.js';

export type Logs = Record<string, number | tf.Scalar>;

/** Hears of the epochs of a call of `fit`, and of its end. */
export interface FitListener {
  onEpochEnd(logs: Logs): Promise<void>;
  onTrainEnd(): void;
}

/**
 * The logs of the current batch in one call of `fit`. They come from the history that tfjs makes for the call, the last
 * of its callbacks. So `fit` needs no extra callback, whose class would be that of one copy of tfjs.
 */
export class BatchLogs {
  /** None outside of a call of `fit`. */
  current: Logs | undefined;
  #averaged: string[] = [];

  /** @param history The history of the call, which has its `params` by now. */
  follow(history: History, listener: FitListener): void {
    const { onBatchBegin, onEpochEnd, onTrainEnd } = history;
    this.#averaged = history.params.metrics as string[];
    const restore = override(history, {
      onBatchBegin: (batch, logs) => {
        this.current = logs as Logs | undefined;
        return onBatchBegin.call(history, batch, logs);
      },
      onEpochEnd: async (epoch, logs) => {
        await listener.onEpochEnd((logs ?? {}) as Logs);
        await onEpochEnd.call(history, epoch, logs);
      },
      onTrainEnd: (logs) => {
        restore();
        listener.onTrainEnd();
        return onTrainEnd.call(history, logs);
      },
    });
  }

  /** Adds values of the current step to the logs. tfjs averages the values and disposes of them. */
  add(values: tf.NamedTensorMap): void {
    if (this.current === undefined) {
      return;
    }
    for (const [name, value] of Object.entries(values)) {
      this.current[name] = tf.keep(tf.clone(value)) as tf.Scalar;
      if (!this.#averaged.includes(name)) {
        this.#averaged.push(name);
      }
    }
  }
}
