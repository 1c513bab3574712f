// The data of the examples: images of handwritten digits, 8×8 pixels each.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { random } from './random.js';

export const CLASSES = 10;

export interface Digits {
  /** 64 pixels of each image, 0 to 16. */
  pixels: number[][];
  /** 0 to 9. */
  labels: number[];
}

export interface Examples {
  /** Pixels from 0 to 1: [n, 64]. */
  x: tf.Tensor2D;
  /** One-hot labels: [n, 10]. */
  y: tf.Tensor2D;
}

export const readDigits = (): Digits =>
  JSON.parse(readFileSync(new URL('../data/digits.json', import.meta.url), 'utf8'));

/**
 * 500 images to train on, and the other 1297 to test on. The test labels are clean.
 *
 * @param labelNoise Share of the training labels that are replaced by another class, drawn at random.
 */
export function loadDigits({ labelNoise = 0 } = {}) {
  const { pixels, labels } = readDigits();
  const order = random(1, 'order').permutation(labels.length);
  const examples = (positions: readonly number[], noise = 0): Examples =>
    tf.tidy(() => {
      const clean = positions.map((k) => labels[k]!);
      return {
        x: tf.div<tf.Tensor2D>(tf.tensor2d(positions.map((k) => pixels[k]!)), 16),
        y: tf.oneHot(withNoise(clean, noise), CLASSES) as tf.Tensor2D,
      };
    });
  return {
    training: examples(order.slice(0, 500), labelNoise),
    test: examples(order.slice(500)),
  };
}

/** The labels, with exactly a share of them replaced by another class. */
export function withNoise(labels: readonly number[], share: number): number[] {
  const { permutation, below } = random(1, 'label noise');
  const noisy = [...labels];
  for (const k of permutation(labels.length).slice(0, Math.round(share * labels.length))) {
    noisy[k] = (labels[k]! + 1 + below(CLASSES - 1)) % CLASSES;
  }
  return noisy;
}

/** One epoch: all rows once, in an order drawn from `seed`. A batch is disposed of before the next one. */
export function* batchesOf<E extends { x: tf.Tensor; y: tf.Tensor }>(
  examples: E,
  size: number,
  seed: number,
): Generator<E> {
  const order = random(seed, 'batches').permutation(examples.x.shape[0]!);
  for (let start = 0; start < order.length; start += size) {
    const batch = tf.tidy(() => {
      const rows = tf.tensor1d(order.slice(start, start + size), 'int32');
      return Object.fromEntries(
        Object.entries(examples).map(([name, of]) => [name, tf.gather(of, rows)]),
      );
    });
    try {
      yield batch as E;
    } finally {
      tf.dispose(batch);
    }
  }
}
