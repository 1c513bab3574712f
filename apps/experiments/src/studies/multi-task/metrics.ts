import * as tf from '@tensorflow/tfjs-core';
import { number } from '../../number.js';
import { lossOf } from './losses.js';
import type { Network } from './network.js';
import type { Examples, Sets } from './problem.js';

/** The mean loss of the clean task (0) or of the noisy one (1). */
export const errorOf = (
  task: 0 | 1,
  network: Network,
  { tasks }: Sets,
  examples: Examples,
): number =>
  number(() => lossOf(task, network, tasks, examples, network.representation(examples.x)));

/** Of the clean task, a classification: the fraction of the examples. */
export const accuracyOf = (network: Network, { x, targets }: Examples): number =>
  number(() => {
    const outputs = network.heads[0](network.representation(x));
    const hits = tf.equal(tf.argMax(outputs, 1), tf.argMax(targets[0], 1));
    return tf.mean(tf.cast(hits, 'float32'));
  });

/** Means of so many parts of a series, which are as long as each other but for one. */
export function inParts(series: readonly number[], parts: number): number[] {
  const count = Math.min(parts, series.length);
  return Array.from({ length: count }, (_, k) => {
    const part = series.slice(
      Math.round((k * series.length) / count),
      Math.round(((k + 1) * series.length) / count),
    );
    return part.reduce((sum, x) => sum + x, 0) / part.length;
  });
}
