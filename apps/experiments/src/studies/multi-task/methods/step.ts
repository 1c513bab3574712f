import * as tf from '@tensorflow/tfjs-core';
import type { Task } from '../data/rows.js';
import { lossOf } from '../losses.js';
import type { Network } from '../network.js';
import type { Examples } from '../problem.js';

export interface Training {
  network: Network;
  /** The clean task and the noisy one. */
  tasks: readonly [Task, Task];
  optimizer: tf.Optimizer;
}

export interface Step {
  /** One step of training on a batch. Returns the share of the clean task in the weights of that step. */
  take(batch: Examples): number;
  /** Frees what the method remembers. */
  dispose?(): void;
}

/** The losses of both tasks, of one pass through the trunk. */
export function lossesOf(
  { network, tasks }: Training,
  batch: Examples,
  representation = network.representation(batch.x),
): [tf.Scalar, tf.Scalar] {
  return [
    lossOf(0, network, tasks, batch, representation),
    lossOf(1, network, tasks, batch, representation),
  ];
}

export interface TaskGradients {
  shared: tf.Tensor[];
  own: tf.Tensor[];
}

/** The gradients of each task on its own, by the trunk and by its head. */
export function taskGradients(
  { network, tasks }: Training,
  batch: Examples,
): [TaskGradients, TaskGradients] {
  const of = (task: 0 | 1): TaskGradients => {
    const own = network.own[task];
    const { grads } = tf.variableGrads(
      () => lossOf(task, network, tasks, batch, network.representation(batch.x)),
      [...network.shared, ...own],
    );
    const by = (params: tf.Variable[]) => params.map(({ name }) => grads[name] as tf.Tensor);
    return { shared: by(network.shared), own: by(own) };
  };
  return [of(0), of(1)];
}

/** g = Σ wₜ gₜ, applied. */
export function applyWeighted(
  { network, optimizer }: Training,
  [clean, noisy]: readonly [TaskGradients, TaskGradients],
  weights: readonly [number, number],
): void {
  const scaled = (grads: tf.Tensor[], weight: number) => grads.map((g) => tf.mul(g, weight));
  const ofNoisy = scaled(noisy.shared, weights[1]);
  const shared = scaled(clean.shared, weights[0]).map((g, k) => tf.add(g, ofNoisy[k] as tf.Tensor));
  const all = [...shared, ...scaled(clean.own, weights[0]), ...scaled(noisy.own, weights[1])];
  optimizer.applyGradients(
    Object.fromEntries(network.params.map(({ name }, k) => [name, all[k] as tf.Tensor])),
  );
}
