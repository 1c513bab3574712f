import * as tf from '@tensorflow/tfjs-core';
import { integer, type Rule } from '@toploss/core/kit';
import { check, LARGEST, ofTasks, type TaskStep, type Tasks } from './inputs.js';
import type { Shares } from './loop.js';

/** The memory of the tasks by name; empty before the first step. */
export type TaskHistory = Readonly<Record<string, tf.Tensor>>;

/** A step, and which tasks were remembered in one before it. */
export interface NextStep extends TaskStep {
  readonly known: Tasks;
}

/** An estimate of rₜ ≥ 0: how much of each loss training can still remove. */
export interface Excess {
  /** The shapes of what is remembered after so many steps, by name. */
  shapes(tasks: number, steps: number): Readonly<Record<string, readonly number[]>>;
  /** The memory with this step in it. A task that is not remembered keeps its memory. */
  next(memory: TaskHistory, step: NextStep): TaskHistory;
  /** r of this step, which is in the memory already. */
  of(memory: TaskHistory, step: TaskStep): tf.Tensor1D;
  /** Of `'ema-min'`, for its loop. */
  readonly shares?: Shares;
}

/** `next` for the tasks that this step is remembered of, and the old memory for the others; 0 before the first step. */
export const waiting = (
  memory: TaskHistory,
  { remembered }: TaskStep,
  next: TaskHistory,
): TaskHistory =>
  Object.fromEntries(
    Object.entries(next).map(([name, x]) => [name, ofTasks(remembered, x, memory[name] ?? 0)]),
  );

/** rₜ = max(ℓₜ − floorₜ, 0), for floors that are known. */
function aboveFloors(floors: readonly number[]): Excess {
  return {
    shapes: () => ({}),
    next: () => ({}),
    of: (_, { losses }) => tf.maximum(tf.sub(losses, [...floors]), 0),
  };
}

/**
 * rₜ = ℓₜ − min of the last `window` losses, the current one among them; as toploss 0.1.0 has it. A task that
 * improves on every step is its own minimum, and has excess 0.
 */
function aboveWindowMinimum(window: number): Excess {
  return {
    shapes: (tasks, steps) => ({ losses: [Math.min(steps, window), tasks] }),
    next: ({ losses: before }, { losses, remembered, known }) => {
      const row = tf.expandDims<tf.Tensor2D>(losses, 0);
      if (before === undefined) {
        return { losses: ofTasks(remembered, row, 0) };
      }
      const rows = before as tf.Tensor2D;
      const all = tf.concat([ofTasks(known, rows, row), row]);
      if (rows.shape[0] === window) {
        return { losses: ofTasks(remembered, tf.slice(all, 1), rows) };
      }
      // A task that was left out has fewer losses than there are rows. Those in front repeat its first loss, which is
      // in its window for as long as they are.
      const kept = () => tf.concat([tf.slice(rows, 0, 1), rows]);
      return { losses: remembered === undefined ? all : ofTasks(remembered, all, kept()) };
    },
    of: ({ losses: all }, { losses }) => tf.sub(losses, tf.min(all as tf.Tensor2D, 0)),
  };
}

/**
 * How far each loss moves: the span between where it has been and the lowest that it has been.
 *
 *     a: average of the last window/10 losses,   b: of the last `window`,   both exponential
 *     m = min(b, m + (b − m)/window), the lowest b, forgotten as slowly as b forgets
 *     r = max(a, b) − min(a, m)
 *
 * A task that improves has a < m ≤ b, and r = b − a, its recent gain: it will go on to gain. A task that others have
 * pushed up has r = a − m, its loss. A task that has converged, however noisy, has a ≈ b ≈ m. A minimum alone would give
 * the first of them no excess.
 */
function aboveAverageMinimum(window: number): Excess {
  const fast = Math.min(10 / window, 1);
  const slow = 1 / window;
  return {
    shares: { fast, slow },
    shapes: (tasks) => ({ fast: [tasks], slow: [tasks], lowest: [tasks] }),
    next: (memory, step) => {
      const { losses, known } = step;
      const toward = (name: string, to: tf.Tensor, share: number) => {
        const before = memory[name];
        const from = before === undefined ? losses : ofTasks(known, before, losses);
        return tf.add(from, tf.mul(share, tf.clipByValue(tf.sub(to, from), -LARGEST, LARGEST)));
      };
      const b = toward('slow', losses, slow);
      return waiting(memory, step, {
        fast: toward('fast', losses, fast),
        slow: b,
        lowest: tf.minimum(b, toward('lowest', b, slow)),
      });
    },
    of: ({ fast, slow, lowest }) =>
      tf.sub(
        tf.maximum(fast as tf.Tensor1D, slow as tf.Tensor1D),
        tf.minimum(fast as tf.Tensor1D, lowest as tf.Tensor1D),
      ),
  };
}

/**
 * The excess risk to first order, as in ExcessMTL, which takes the Hessian from past gradients; here from their norms
 * alone, as the proxies are κ = ‖g‖².
 *
 *     rₜ = κₜ / √(Σ κₜ + 1e-7), the sum over all steps so far
 */
const taylor: Excess = {
  shapes: (tasks) => ({ total: [tasks] }),
  next: (memory, step) => {
    const { total } = memory;
    const { proxies } = step;
    const sum = total ? tf.minimum(tf.add(total, proxies), LARGEST) : tf.clone(proxies);
    return waiting(memory, step, { total: sum });
  },
  of: ({ total }, { proxies }) => tf.div(proxies, tf.sqrt(tf.add(total as tf.Tensor1D, 1e-7))),
};

/** How the floors are found: see `nger`. */
export type Floor = 'ema-min' | 'window-min' | 'taylor' | readonly number[];

const estimates: Readonly<Record<string, (window: number) => Excess>> = {
  'ema-min': aboveAverageMinimum,
  'window-min': aboveWindowMinimum,
  taylor: () => taylor,
};

const floorRule: Rule = {
  expected: `to be one of ${Object.keys(estimates).join(', ')}, or an array of finite numbers`,
  allows: (value) =>
    Array.isArray(value)
      ? value.every((x) => Number.isFinite(x))
      : Object.keys(estimates).includes(value as string),
};

export const excessRules = { floor: floorRule, window: integer(1) };

export function excessOf(floor: Floor, window: number, tasks: number): Excess {
  if (typeof floor === 'string') {
    return estimates[floor]!(window);
  }
  if (floor.length !== tasks) {
    check.reject('floor', `of length ${tasks}, one for each task`, floor);
  }
  return aboveFloors([...floor]);
}
