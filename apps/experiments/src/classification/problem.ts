import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { readDigits } from '@toploss/examples/digits';
import { type Random, random } from '@toploss/examples/random';
import { split } from '../split.js';
import { mixture } from './mixture.js';
import type { Rows } from './rows.js';

/** A classification of which a part of the training labels is wrong. */
export interface Problem {
  data: 'mixture' | 'digits' | 'breast cancer' | 'mnist';
  /** Number of training examples. */
  training: number;
  /** Fraction of the training labels that are wrong. */
  noise: number;
  /** Whether as many of the validation labels are wrong; by default none is. */
  noisyValidation?: boolean;
}

export interface Examples {
  /** [n, features] */
  x: tf.Tensor2D;
  /** One-hot: [n, classes] */
  y: tf.Tensor2D;
}

export interface Sets {
  classes: number;
  features: number;
  training: Examples;
  /** Labels as they are, unless the problem says otherwise. */
  validation: Examples;
  test: Examples;
}

const VALIDATION = 300;

/**
 * The test examples are the same for every seed, so that nothing which chose a hyperparameter is ever tested
 * on; the seed deals the others out to training and validation. The caller owns the tensors.
 */
export function setsOf(
  { data, training, noise, noisyValidation = false }: Problem,
  seed: number,
): Sets {
  const { rows, labels, classes } = read(data);
  const validation = Math.min(VALIDATION, Math.floor((rows.length - training) / 2));
  const positions = split(rows.length, { training, validation }, seed);
  const train = positions.training;

  const scaled = data === 'breast cancer' ? standardized(rows, train) : rows;
  const labelsOf = (chosen: readonly number[]) => chosen.map((k) => labels[k] as number);
  const noisy = (chosen: readonly number[], purpose: string) =>
    flipped(labelsOf(chosen), classes, noise, random(seed, purpose));
  const examples = (chosen: readonly number[], y = labelsOf(chosen)) =>
    tf.tidy(() => ({
      x: tf.tensor2d(chosen.map((k) => scaled[k] as number[])),
      y: tf.cast(tf.oneHot(tf.tensor1d(y, 'int32'), classes), 'float32') as tf.Tensor2D,
    }));
  return {
    classes,
    features: scaled[0]?.length as number,
    training: examples(train, noisy(train, 'noise')),
    validation: noisyValidation
      ? examples(positions.validation, noisy(positions.validation, 'noise of validation'))
      : examples(positions.validation),
    test: examples(positions.test),
  };
}

const known = new Map<Problem['data'], Rows & { classes: number }>();

/** Read once a thread. */
function read(data: Problem['data']): Rows & { classes: number } {
  const rows = known.get(data) ?? withClasses(READERS[data]());
  known.set(data, rows);
  return rows;
}

const withClasses = (rows: Rows) => ({ ...rows, classes: Math.max(...rows.labels) + 1 });

const READERS: Record<Problem['data'], () => Rows> = {
  mixture,
  digits: () => {
    const { pixels, labels } = readDigits();
    return { rows: pixels.map((row) => row.map((x) => x / 16)), labels };
  },
  'breast cancer': () => JSON.parse(readData('breast-cancer')),
  mnist: () => {
    const { size, labels, pixels } = JSON.parse(readData('mnist'));
    const bytes = Buffer.from(pixels, 'base64');
    return {
      rows: [...labels].map((_, k) =>
        Array.from(bytes.subarray(k * size ** 2, (k + 1) * size ** 2), (x) => x / 255),
      ),
      labels: [...labels].map(Number),
    };
  },
};

const readData = (name: string) =>
  readFileSync(new URL(`../../data/${name}.json`, import.meta.url), 'utf8');

/** To mean 0 and deviation 1 over the training examples. */
function standardized(rows: readonly number[][], training: readonly number[]): number[][] {
  const statistics = (rows[0] as number[]).map((_, column) => {
    const values = training.map((k) => rows[k]?.[column] as number);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(variance) || 1 };
  });
  return rows.map((row) =>
    row.map((x, column) => {
      const { mean, deviation } = statistics[column] as (typeof statistics)[number];
      return (x - mean) / deviation;
    }),
  );
}

/** Exactly that fraction of the labels, chosen at random, becomes another class. */
function flipped(
  labels: readonly number[],
  classes: number,
  noise: number,
  { below, permutation }: Random,
): number[] {
  const wrong = [...labels];
  for (const k of permutation(labels.length).slice(0, Math.round(noise * labels.length))) {
    wrong[k] = ((labels[k] as number) + 1 + below(classes - 1)) % classes;
  }
  return wrong;
}
