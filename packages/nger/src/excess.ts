import * as tf from '@tensorflow/tfjs-core';
import { finiteEntries } from '@toploss/core';
import { LARGEST } from './vector.js';

/** What is remembered, by name; empty before the first step. */
export type Memory = Readonly<Record<string, tf.Tensor>>;

/** The losses and the proxies of one step, [T] each. */
export interface TaskStep {
  readonly losses: tf.Tensor1D;
  readonly proxies: tf.Tensor1D;
}

/** An estimate of rₜ ≥ 0, of how much of each loss training can still take away. */
export interface Excess {
  /** What is remembered, by name, and how many rows of [T] there are after so many steps; 0 for [T] itself. */
  readonly rows: Readonly<Record<string, (steps: number) => number>>;
  /** The memory with this step in it. */
  next(memory: Memory, step: TaskStep): Memory;
  /** r of this step, which is in the memory already. */
  of(memory: Memory, step: TaskStep): tf.Tensor1D;
}

const itself = () => 0;

/** On a device nobody can look at a loss without waiting, and NaN would stay in an average for good. */
const finiteOr = <X extends tf.Tensor>(x: X, instead: tf.Tensor | undefined): X =>
  tf.where(finiteEntries(x), x, instead ?? tf.zerosLike(x)) as X;

/** rₜ = max(ℓₜ − floorₜ, 0), for floors that are known. */
export function aboveFloors(floors: readonly number[]): Excess {
  return {
    rows: {},
    next: () => ({}),
    of: (_, { losses }) => tf.maximum(tf.sub(losses, [...floors]), 0),
  };
}

/**
 * rₜ = ℓₜ − min of the last `window` losses, the current one among them; as toploss 0.1.0 has it. A task that
 * improves on every step is its own minimum, and has excess 0.
 */
export function aboveWindowMinimum(window: number): Excess {
  return {
    rows: { losses: (steps) => Math.min(steps, window) },
    next: (memory, { losses }) => {
      if (memory.losses === undefined) {
        return { losses: finiteOr(tf.expandDims(losses, 0), undefined) };
      }
      const length = memory.losses.shape[0] as number;
      const last = (rows: number) => tf.slice(memory.losses as tf.Tensor2D, length - rows);
      const row = finiteOr(tf.expandDims(losses, 0), last(1));
      return { losses: tf.concat([last(Math.min(length, window - 1)), row]) };
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
 * A task that improves has a < m ≤ b, and r = b − a, what it has gained of late: it will go on to gain. One
 * that others have pushed up has r = a − m, what it has lost. One that has converged, however noisy, has
 * a ≈ b ≈ m. A minimum alone has no excess for the first of them.
 */
export function aboveAverageMinimum(window: number): Excess {
  const fast = Math.min(10 / window, 1);
  const slow = 1 / window;
  return {
    rows: { fast: itself, slow: itself, lowest: itself },
    next: (memory, { losses }) => {
      const toward = (name: string, to: tf.Tensor, share: number) => {
        const from = memory[name] ?? to;
        return tf.add(from, tf.mul(share, tf.clipByValue(tf.sub(to, from), -LARGEST, LARGEST)));
      };
      const seen = finiteOr(losses, memory.slow);
      const b = toward('slow', seen, slow);
      return {
        fast: toward('fast', seen, fast),
        slow: b,
        lowest: tf.minimum(b, toward('lowest', b, slow)),
      };
    },
    of: ({ fast, slow, lowest }) =>
      tf.sub(
        tf.maximum(fast as tf.Tensor1D, slow as tf.Tensor1D),
        tf.minimum(fast as tf.Tensor1D, lowest as tf.Tensor1D),
      ),
  };
}

/**
 * The excess risk to first order, as ExcessMTL estimates it, with the Hessian by the history of the
 * gradients; here of their norms, which is all that the proxies κ = ‖g‖² tell.
 *
 *     rₜ = κₜ / √(Σ κₜ + 1e-7), the sum over all steps so far
 */
export const taylor: Excess = {
  rows: { total: itself },
  next: ({ total }, { proxies }) => {
    const seen = finiteOr(proxies, undefined);
    return { total: total ? tf.minimum(tf.add(total, seen), LARGEST) : seen };
  },
  of: ({ total }, { proxies }) => tf.div(proxies, tf.sqrt(tf.add(total as tf.Tensor1D, 1e-7))),
};
