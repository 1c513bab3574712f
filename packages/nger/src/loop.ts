import { hostView, isTensorOf, ownView } from '@toploss/core/kit';
import type { TaskHistory } from './excess.js';
import type { NgerOptions } from './formula.js';
import { LARGEST, type NgerInputs } from './inputs.js';

/** A step with all tasks, whose values can be read without waiting for a device. */
export interface HostStep {
  readonly losses: Float32Array;
  readonly proxies: Float32Array;
}

/** The values of a step. `undefined` on a GPU, and if a task is absent or not finite: `taskStep` handles those. */
export function hostStep(inputs: Partial<NgerInputs>, tasks: number): HostStep | undefined {
  const losses = valuesOf(inputs.taskLosses, tasks);
  const proxies = losses && valuesOf(inputs.ntkProxies, tasks);
  return losses && proxies && areUsual(losses, proxies) ? { losses, proxies } : undefined;
}

function areUsual(losses: Float32Array, proxies: Float32Array): boolean {
  for (let t = 0; t < losses.length; t++) {
    const loss = losses[t]!;
    const proxy = proxies[t]!;
    if (!Number.isFinite(loss) || loss === 0 || !(proxy > 0 && proxy < Number.POSITIVE_INFINITY)) {
      return false;
    }
  }
  return true;
}

/** The values of float32 tensors: one of [T], or an array of T scalars. */
function valuesOf(perTask: unknown, tasks: number): Float32Array | undefined {
  if (!Array.isArray(perTask)) {
    const isVector = isTensorOf(perTask, [tasks]) && perTask.dtype === 'float32';
    return isVector ? (hostView(perTask)?.slice() as Float32Array | undefined) : undefined;
  }
  if (perTask.length !== tasks) {
    return undefined;
  }
  const values = new Float32Array(tasks);
  for (let t = 0; t < tasks; t++) {
    const entry: unknown = perTask[t];
    const value =
      isTensorOf(entry, []) && entry.dtype === 'float32' ? hostView(entry)?.[0] : undefined;
    if (value === undefined) {
      return undefined;
    }
    values[t] = value;
  }
  return values;
}

/** How much of the way to the current loss the averages of `'ema-min'` go in a step. */
export interface Shares {
  readonly fast: number;
  readonly slow: number;
}

/** What is remembered of every task with `'ema-min'`, and the weights. */
export type HostMemory = Readonly<
  Record<'fast' | 'slow' | 'lowest' | 'score' | 'known' | 'weights', Float32Array>
>;

/** `advanced` with `'ema-min'` in one loop, for a step with all tasks. */
export function advancedLoop(
  memory: TaskHistory,
  { losses, proxies }: HostStep,
  shares: Shares,
  { gamma = 1, eps = 1e-6, total = 1 }: NgerOptions,
): HostMemory {
  const before = (name: string) => memory[name] && hostView(memory[name]);
  const [fast, slow, lowest] = [before('fast'), before('slow'), before('lowest')];
  const known = before('known');
  const T = losses.length;
  const next = {
    ...{ fast: new Float32Array(T), slow: new Float32Array(T), lowest: new Float32Array(T) },
    ...{ score: new Float32Array(T), known: new Float32Array(T).fill(1) },
    weights: new Float32Array(T),
  };
  for (let t = 0; t < T; t++) {
    const loss = losses[t]!;
    const isKnown = known !== undefined && known[t]! > 0;
    next.fast[t] = toward(isKnown ? fast![t]! : loss, loss, shares.fast);
    next.slow[t] = toward(isKnown ? slow![t]! : loss, loss, shares.slow);
    const b = next.slow[t]!;
    next.lowest[t] = Math.min(b, toward(isKnown ? lowest![t]! : loss, b, shares.slow));
    const a = next.fast[t]!;
    const excess = Math.max(a, b) - Math.min(a, next.lowest[t]!);
    const log = (x: number) => Math.log(Math.min(x + eps, LARGEST));
    next.score[t] = Math.max(log(excess) - gamma * log(proxies[t]!), LEAST);
  }
  writeSoftmax(next.score, total, next.weights);
  return next;
}

const toward = (from: number, to: number, share: number): number =>
  from + share * Math.min(Math.max(to - from, -LARGEST), LARGEST);

/** total · softmax(score) */
function writeSoftmax(score: Float32Array, total: number, weights: Float32Array): void {
  const largest = Math.max(...score);
  let sum = 0;
  for (let t = 0; t < score.length; t++) {
    sum += Math.exp(score[t]! - largest);
  }
  for (let t = 0; t < score.length; t++) {
    weights[t] = (total * Math.exp(score[t]! - largest)) / sum;
  }
}

/** The least score of a task that a step has had. */
export const LEAST = -1e18;

/** Writes the values to the tensors themselves, unless another tensor shares one of them. Returns whether it did. */
export function wroteInPlace(tensors: TaskHistory, next: HostMemory): boolean {
  const views: [Float32Array, Float32Array][] = [];
  for (const [name, values] of Object.entries(next)) {
    const view = tensors[name] && ownView(tensors[name]);
    if (view === undefined) {
      return false;
    }
    views.push([view as Float32Array, values]);
  }
  for (const [view, values] of views) {
    view.set(values);
  }
  return true;
}
