import * as tf from '@tensorflow/tfjs-core';
import { random } from '@toploss/examples/random';
import type { DataSet, Examples } from '../data/sets.js';
import type { Settings } from '../settings/table.js';
import { type Arm, type Batch, createArm, termsOf } from './arm.js';
import { createNetwork } from './network.js';

/** Examples as tensors. */
export interface Tensors extends Batch {
  /** [B], 1 where the label is noise. */
  noisy: tf.Tensor1D;
}

/** The first one is of the plain network, the second one of the network with penalties. */
export type Pair<T> = readonly [plain: T, penalized: T];

/** Two networks with the same initial weights, trained on the same batches, without and with penalties. */
export interface Race {
  readonly arms: Pair<Arm>;
  readonly training: Tensors;
  readonly test: Tensors;
  /** How many steps have been taken. */
  readonly steps: number;
  advance(steps: number): void;
  dispose(): void;
}

export function createRace(data: DataSet, settings: Settings): Race {
  const [training, test] = [tensorsOf(data.training, data), tensorsOf(data.test, data)];
  const arms = [
    createArm(createNetwork(data, settings), settings),
    createArm(createNetwork(data, settings), settings, termsOf(settings)),
  ] as const;
  const batches = batchesOf(training, settings);
  let steps = 0;
  return {
    arms,
    training,
    test,
    get steps() {
      return steps;
    },
    advance: (count) => {
      for (const end = steps + count; steps < end; steps++) {
        const batch = batches.next().value;
        for (const arm of arms) {
          arm.step(batch);
        }
        tf.dispose({ ...batch });
      }
    },
    dispose: () => {
      for (const arm of arms) {
        arm.dispose();
      }
      tf.dispose([{ ...training }, { ...test }]);
    },
  };
}

function tensorsOf({ inputs, labels, truth }: Examples, { dimension, classes }: DataSet): Tensors {
  return tf.tidy(() => ({
    x: tf.tensor2d(inputs, [labels.length, dimension]),
    oneHot: tf.oneHot(tf.tensor1d([...labels], 'int32'), classes) as tf.Tensor2D,
    noisy: tf.tensor1d(
      labels.map((label, k) => (label === truth[k] ? 0 : 1)),
      'float32',
    ),
  }));
}

/** Every epoch in a new order; the last examples of an epoch, if fewer than a batch, are skipped. */
function* batchesOf(
  { x, oneHot }: Batch,
  { batch, seed }: Pick<Settings, 'batch' | 'seed'>,
): Generator<Batch, never> {
  const [count] = x.shape;
  const size = Math.min(batch, count);
  const { permutation } = random(seed, 'batches');
  for (;;) {
    const order = permutation(count);
    for (let start = 0; start + size <= count; start += size) {
      yield tf.tidy(() => {
        const rows = tf.tensor1d(order.slice(start, start + size), 'int32');
        return { x: tf.gather(x, rows), oneHot: tf.gather(oneHot, rows) };
      });
    }
  }
}
