import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Term } from '@toploss/core/kit';

/** What `attach` was given. */
export interface AttachSetup {
  readonly model: LayersModel;
  readonly terms: readonly Term[];
  /** The name of the output that the terms read, or its number. */
  readonly output?: string | number | undefined;
  readonly batch?: TrialBatch | undefined;
  readonly firstStep: number;
  /** Whether a collapse is left unsaid, as in trials. */
  readonly isQuiet?: boolean;
}

/** Inputs and targets, as `fit` takes them. */
export type TrialBatch = readonly [x: unknown, y: unknown];

/** The batch, in arrays of our own. */
export const copied = ([x, y]: TrialBatch): TrialBatch => [copyOf(x), copyOf(y)];

const copyOf = (part: unknown): unknown =>
  part instanceof tf.Tensor ? part : Array.isArray(part) ? [...part] : { ...(part as object) };

/** Those of an array, or by name. */
const tensorsOf = (part: unknown): unknown[] =>
  part instanceof tf.Tensor ? [part] : Object.values((part ?? [undefined]) as object);

/** Whether it has the form of what `fit` takes. */
export const isData = (part: unknown): boolean =>
  typeof part === 'object' && tensorsOf(part).every((x) => x instanceof tf.Tensor);

export const isDisposed = (batch: TrialBatch): boolean =>
  batch.flatMap(tensorsOf).some((x) => x instanceof tf.Tensor && x.isDisposed);
