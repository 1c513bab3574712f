import * as tf from '@tensorflow/tfjs-core';
import { type Digits, type Examples, examplesOf, flipLabels, splitDigits } from './data.js';
import { createNetwork, type Network } from './network.js';
import { random } from './random.js';
import type { TrainingStep } from './training-step.js';

const BATCH = 50;

/** One way to train. */
export type Arm = (network: Network) => TrainingStep;

export interface Sets {
  /** With label noise, where it is asked for. */
  training: Examples;
  validation: Examples;
  test: Examples;
}

export interface ExperimentOptions {
  digits: Digits;
  seed: number;
  epochs: number;
  arms: readonly Arm[];
  /** A fifth of the training labels is wrong; default true. */
  wrongLabels?: boolean;
  /** Called after every epoch, outside the timing. */
  observe(epoch: number, networks: readonly Network[], sets: Sets): void;
}

/**
 * Trains a network per arm, from the same weights on the same batches. The arms take turns at every step, so
 * that whatever slows the machine down slows them all.
 *
 * @returns The time of an undisturbed step in milliseconds, per arm.
 */
export function runExperiment({
  digits,
  seed,
  epochs,
  arms,
  wrongLabels = true,
  observe,
}: ExperimentOptions): number[] {
  const sets = setsOf(digits, seed, wrongLabels);
  const networks = arms.map(() => createNetwork(seed));
  const steps = arms.map((arm, k) => arm(networks[k] as Network));
  const times = arms.map((): number[] => []);
  const batches = random(seed, 'batches');

  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const batch of batchesOf(
      sets.training,
      batches.permutation(sets.training.images.shape[0]),
    )) {
      for (const [k, step] of steps.entries()) {
        const start = performance.now();
        step.take(batch);
        times[k]?.push(performance.now() - start);
      }
      tf.dispose({ ...batch });
    }
    observe(epoch, networks, sets);
  }

  for (const step of steps) {
    step.dispose();
  }
  tf.dispose([
    networks.map(({ params }) => params),
    Object.values(sets).map((set) => ({ ...set })),
  ]);
  return times.map(undisturbed);
}

function setsOf(digits: Digits, seed: number, wrongLabels: boolean): Sets {
  const { training, validation, test } = splitDigits(digits.labels.length, seed);
  const labels = training.map((k) => digits.labels[k] as number);
  return {
    training: examplesOf(digits, training, wrongLabels ? flipLabels(labels, seed) : labels),
    validation: examplesOf(digits, validation),
    test: examplesOf(digits, test),
  };
}

function* batchesOf(examples: Examples, order: readonly number[]): Generator<Examples> {
  for (let start = 0; start < order.length; start += BATCH) {
    yield tf.tidy(() => {
      const batch = tf.tensor1d(order.slice(start, start + BATCH), 'int32');
      return {
        positions: tf.gather(examples.positions, batch),
        images: tf.gather(examples.images, batch),
        oneHot: tf.gather(examples.oneHot, batch),
      };
    });
  }
}

/** The first decile: on a busy machine long steps are interrupted more often than short ones. */
function undisturbed(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 10)] as number;
}
