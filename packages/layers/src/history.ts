import * as tf from '@tensorflow/tfjs-core';
import { Callback, CustomCallback, type ModelFitArgs } from '@tensorflow/tfjs-layers';
import { inherited, type Trained } from './model.js';
import { override } from './override.js';
import type { Losses } from './step.js';

type Logs = Record<string, number | tf.Scalar>;

/**
 * Puts values of the step that is under way among the logs of its batch, before any other callback sees them:
 * tfjs then takes their means over the epoch, as of its own, and disposes of them.
 */
class Entries extends Callback {
  #logs: Logs | undefined;

  override async onBatchBegin(_batch: number, logs?: Logs): Promise<void> {
    this.#logs = logs;
  }

  override async onBatchEnd(): Promise<void> {
    this.#logs = undefined;
  }

  add(values: Losses): void {
    if (this.#logs === undefined) {
      return;
    }
    const averaged = this.params.metrics as string[];
    for (const [name, value] of Object.entries(values)) {
      this.#logs[name] = tf.keep(tf.clone(value));
      if (!averaged.includes(name)) {
        averaged.push(name);
      }
    }
  }
}

/** Where a step reports its values to `fit`, if it is in one. */
export interface History {
  add(values: Losses): void;
  remove(): void;
}

/** Gives `fit` and `fitDataset` a callback more, the first. */
export function historyOf(model: Trained): History {
  let entries: Entries | undefined;
  const during = async <T>(args: ModelFitArgs, fit: (args: ModelFitArgs) => Promise<T>) => {
    const own = new Entries();
    entries = own;
    try {
      return await fit({ ...args, callbacks: [own, ...callbacksOf(args)] as Callback[] });
    } finally {
      entries = undefined;
    }
  };
  const { fit, fitDataset } = inherited(model);
  const remove = override(model, {
    fit: (x, y, args = {}) => during(args, (args) => fit.call(model, x, y, args)),
    fitDataset: (dataset, args) =>
      during(args as ModelFitArgs, (args) => fitDataset.call(model, dataset, args as never)),
  });
  return { add: (values) => entries?.add(values), remove };
}

/** The callbacks as tfjs makes them of what it is given; even of nothing it makes one, which yields. */
function callbacksOf({ callbacks, yieldEvery }: ModelFitArgs): CustomCallback[] {
  const given = [callbacks ?? {}].flat();
  const isMade = typeof (given[0] as Callback | undefined)?.setParams === 'function';
  return isMade
    ? (given as CustomCallback[])
    : given.map((config) => new CustomCallback(config, yieldEvery));
}
