import * as tf from '@tensorflow/tfjs-core';
import { type DenseLayer, saspNetworkPenalty, saspPenalty } from '@toploss/sasp';
import { chart, curve, type Point } from './plot.js';

/** c of one example of two classes, by the penalty itself at S = 1: features of length 0, with a bias. */
function curvatureAt(margin: number, curvature: 'fisher' | 'hessian'): number {
  const logits = tf.tensor2d([[margin, 0]]);
  const targets = tf.tensor1d([0], 'int32');
  return saspPenalty(logits, tf.zeros([1, 1]), targets, { curvature }).dataSync()[0] as number;
}

export const saspMargin = () =>
  chart({
    x: { label: 'margin of the true class, z₀ − z₁' },
    y: { label: 'c', zero: true },
    points: [
      ...curve("tr A, 'hessian'", [-6, 6], (margin) => curvatureAt(margin, 'hessian')),
      ...curve("‖e‖², 'fisher'", [-6, 6], (margin) => curvatureAt(margin, 'fisher')),
    ],
  });

const [REPETITIONS, BATCH] = [40, 32];

const COUNTS = [1, 2, 4, 8, 16, 32, 64];
const QUANTILES = { 'upper quartile': 0.75, median: 0.5, 'lower quartile': 0.25 };

/** How far the mean of so many probes is from the exact trace. */
export function saspProbes(): string {
  const traceOf = network();
  const exact = traceOf({ exact: true });
  const most = Math.max(...COUNTS);
  const draws = Array.from({ length: REPETITIONS * most }, (_, seed) =>
    traceOf({ fraction: 1, seed }),
  );
  const points = COUNTS.flatMap((count): Point[] => {
    const errors = Array.from({ length: REPETITIONS }, (_, k) => {
      const mean = draws.slice(k * most, k * most + count).reduce((a, b) => a + b) / count;
      return Math.abs(mean / exact - 1);
    }).sort((a, b) => a - b);
    return Object.entries(QUANTILES).map(([line, quantile]) => ({
      line,
      x: count,
      y: errors[Math.floor(quantile * REPETITIONS)] as number,
    }));
  });
  return chart({
    x: {
      label: 'probes for each example',
      type: 'log',
      base: 2,
      ticks: COUNTS,
      tickFormat: String,
    },
    y: {
      label: 'relative error of the trace',
      type: 'log',
      ticks: [0.005, 0.01, 0.02, 0.05, 0.1],
      tickFormat: '.1%',
    },
    points,
    dashed: ['upper quartile', 'lower quartile'],
  });
}

/** The trace of a random tanh network 8-16-16-4 on a random batch. */
function network(): (options: object) => number {
  const normal = (shape: [number, number], deviation: number, seed: number) =>
    tf.randomNormal<tf.Rank.R2>(shape, 0, deviation, 'float32', seed);
  const layers: DenseLayer[] = [];
  let logits = normal([BATCH, 8], 1, 4);
  for (const kernel of [
    normal([8, 16], 0.4, 1),
    normal([16, 16], 0.4, 2),
    normal([16, 4], 0.4, 3),
  ]) {
    const input = layers.length === 0 ? logits : tf.tanh(logits);
    layers.push({ input, kernel, includeBias: false });
    logits = tf.matMul(input, kernel);
  }
  return (options) => {
    const all = { activation: 'tanh', root: false, ...options } as const;
    return saspNetworkPenalty(logits, layers, all).dataSync()[0] as number;
  };
}
