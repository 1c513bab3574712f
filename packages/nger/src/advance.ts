import * as tf from '@tensorflow/tfjs-core';
import { type Excess, type TaskHistory, waiting } from './excess.js';
import { type NgerOptions, scoresOf, softmaxOf } from './formula.js';
import { seenNonzero, type TaskStep } from './step.js';

/** What is remembered of every task, whatever its floor. */
export const ofEveryTask = {
  /** log(rₜ + ε) − γ log(κₜ + ε) of the last step that had the task, so that its absence moves no other weight. */
  score: () => 0,
  /** 1 once a step has had the task. */
  known: () => 0,
};

/** The least score of a task that a step has had. */
const LEAST = -1e18;
/** The score of a task that no step has had, whose weight is 0. The maximum on WebGL is never below −1e20. */
export const NEVER = Math.fround(-1e19);

/** What is remembered after a step, and the `weights` of that step. */
export function advanced(
  memory: TaskHistory,
  step: TaskStep,
  excess: Excess,
  options: NgerOptions,
): TaskHistory & { readonly weights: tf.Tensor1D } {
  const { score, known, ...floors } = {
    score: tf.fill(step.losses.shape, NEVER, 'float32'),
    known: tf.zerosLike(step.losses),
    ...memory,
  };
  const isKnown = seenNonzero(known) ? undefined : tf.greater<tf.Tensor1D>(known, 0);
  const next = excess.next(floors, { ...step, known: isKnown });
  const own = waiting({ score, known }, step, {
    score: tf.maximum(scoresOf(excess.of(next, step), step.proxies, options), LEAST),
    known: tf.onesLike(known),
  });
  return { ...next, ...own, weights: softmaxOf(own.score as tf.Tensor1D, options) };
}
