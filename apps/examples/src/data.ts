import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { random } from './random.js';

export const CLASSES = 10;
const TRAINING = 500;
const VALIDATION = 300;

export interface Digits {
  /** 64 pixels, 0 to 16, per image. */
  pixels: number[][];
  labels: number[];
}

/** Positions in the data set. */
export interface Split {
  training: number[];
  validation: number[];
  test: number[];
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

/**
 * The test images are the same for every seed: no image that chose a hyperparameter, under whatever seed, is
 * ever tested on. The seed deals the other images out to training and validation.
 */
export function splitDigits(count: number, seed: number): Split {
  const order = random(0, 'test set').permutation(count);
  const rest = order.slice(0, TRAINING + VALIDATION);
  const dealt = random(seed, 'split')
    .permutation(rest.length)
    .map((k) => rest[k] as number);
  return {
    training: dealt.slice(0, TRAINING),
    validation: dealt.slice(TRAINING),
    test: order.slice(TRAINING + VALIDATION),
  };
}

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
