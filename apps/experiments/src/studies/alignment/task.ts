import type * as tf from '@tensorflow/tfjs-core';
import type { Distribution, Logits } from './distribution.js';

/** Everything that the arms have in common. */
export interface Problem {
  data: 'digits' | 'languages';
  /** For each task in its turn, one or two. */
  steps: number[];
  batch: number;
  /** The learning rate. */
  rate: number;
}

/** Examples to train on, and what comes out on others. */
export interface Task {
  training: Examples;
  validation: Distribution;
  test: Distribution;
  /** Of the answers given the inputs, in nats: what no model goes below. */
  entropy: number;
}

export interface Examples {
  x: tf.Tensor2D;
  /** One-hot. */
  y: tf.Tensor2D;
}

export interface Learner {
  params: tf.Variable[];
  logits: Logits;
}

/** One network for all tasks. The caller owns the tensors. */
export interface Tasks {
  tasks: Task[];
  learner: Learner;
}
