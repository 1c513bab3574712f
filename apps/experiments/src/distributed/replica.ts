import type * as tf from '@tensorflow/tfjs-core';
import type { Term } from '@toploss/core';

/** A network with its terms. */
export interface Replica<Batch> {
  readonly terms: Term[];
  /** What `trainStep` asks for, of this replica's rows at a step. */
  forward(rows: Batch, step: number): { loss: tf.Scalar };
  dispose(): void;
}
