import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { random } from './random.js';
import { type Split, split } from './split.js';

export const CLASSES = 10;
const TRAINING = 500;
const VALIDATION = 300;

export interface Digits {
  /** 64 pixels, 0 to 16, per image. */
  pixels: number[][];
  labels: number[];
}

export interface Examples {
  /** In the data set. */
  positions: tf.Tensor1D;
  images: tf.Tensor2D;
  oneHot: tf.Tensor2D;
}

export function readDigits(): Digits {
  return JSON.parse(readFileSync(new URL('../data/digits.json', import.meta.url), 'utf8'));
}

/** Positions of the images. */
export const splitDigits = (count: number, seed: number): Split =>
  split(count, { training: TRAINING, validation: VALIDATION }, seed);

/** Gives exactly a fifth of the labels, chosen at random, another class. */
export function flipLabels(labels: readonly number[], seed: number): number[] {
  const noise = random(seed, 'noise');
  const flipped = [...labels];
  for (const k of noise.permutation(labels.length).slice(0, labels.length / 5)) {
    flipped[k] = ((labels[k] as number) + 1 + noise.below(CLASSES - 1)) % CLASSES;
  }
  return flipped;
}

/** The caller owns the tensors. */
export function examplesOf(
  digits: Digits,
  positions: readonly number[],
  labels = positions.map((k) => digits.labels[k] as number),
): Examples {
  const images = positions.map((k) => digits.pixels[k] as number[]);
  return tf.tidy(() => ({
    positions: tf.tensor1d([...positions], 'int32'),
    images: tf.div<tf.Tensor2D>(tf.tensor2d(images), 16),
    oneHot: tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES) as tf.Tensor2D,
  }));
}
