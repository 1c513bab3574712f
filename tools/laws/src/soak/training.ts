import * as tf from '@tensorflow/tfjs-core';
import type { Stateful } from '@toploss/core';
import { type Batch, batches } from './model.js';

/** Training that goes on for as long as it is asked to. */
export interface Training {
  /** The number of the next step. */
  readonly step: number;
  advance(): Promise<void>;
  /** Of all parameters. */
  values(): number[];
  dispose(): void;
}

/** The first step, as of training that was resumed: float32 does not know 2²⁴ + 1, which a soak passes half-way. */
export const firstStep = 2 ** 24 - 50_000;

/** λ that has warmed up long ago, and goes on to fall. */
export const falling = (lambda: number) => (step: number) =>
  lambda * Math.min((step + 1) / 1000, 1) * 0.5 ** (step / 2 ** 24);

/** A term that remembers, of any kind of state. */
type Remembering = Pick<Stateful<never, { readonly steps: number }>, 'getState' | 'setState'>;

interface Trained {
  take(batch: Batch, step: number): unknown;
  /** Terms whose states get the steps that the first step says, once they have observed one. */
  readonly remembering: readonly Remembering[];
  values(): tf.Tensor[];
  /** What is disposed of at the end. */
  readonly owners: readonly { dispose(): unknown }[];
}

/** Training from `firstStep` on, by batches that go round. */
export function resumed({ take, remembering, values, owners }: Trained): Training {
  const given = batches();
  let step = firstStep;
  return {
    get step() {
      return step;
    },
    advance: async () => {
      await take(given[step % given.length] as Batch, step);
      if (step === firstStep) {
        for (const term of remembering) {
          term.setState({ ...term.getState(), steps: firstStep });
        }
      }
      step += 1;
    },
    values: () => values().flatMap((w) => [...w.dataSync()]),
    dispose: () => {
      for (const owner of owners) {
        owner.dispose();
      }
      tf.dispose(given as unknown as tf.TensorContainer);
    },
  };
}
