import * as tf from '@tensorflow/tfjs-core';
import {
  checkObject,
  checkTensors,
  elementwise,
  finiteEntries,
  hostView,
  reject,
  tensor,
} from '@toploss/core';
import { where } from './alignment.js';
import { checkState, type DmtaState, format, version } from './state.js';

/** How the average starts: at zero, or at the first gradient, as toploss 0.1.0 has it. */
export type Start = 'zero' | 'first';

/**
 * m̄, the slow average of the gradients, each variable on its own.
 *
 *     m̄ₖ = μ m̄ₖ₋₁ + (1 − μ) gₖ
 *
 * It has the size of the parameters, and lives until it is disposed of, whatever tidy it was made in.
 */
export class SlowAverage {
  #tensors: tf.NamedTensorMap = {};
  #steps = 0;
  readonly #start: Start | undefined;

  constructor(start?: Start) {
    this.#start = start;
  }

  /** How many gradients are in it. */
  get steps(): number {
    return this.#steps;
  }

  get isEmpty(): boolean {
    return this.#steps === 0;
  }

  /** m̄ by variable name; the tensors stay its own. Empty before the first gradient. */
  get tensors(): Readonly<tf.NamedTensorMap> {
    return this.#tensors;
  }

  /** The gradients, checked: tensors, of the names and shapes of the average once there is one. */
  checked(grads: unknown): tf.NamedTensorMap {
    if (!this.isEmpty) {
      return checkTensors(where, 'grads', grads, this.#tensors);
    }
    checkObject(where, 'grads', grads);
    const entries = Object.entries(grads);
    if (entries.length === 0) {
      reject(where, 'grads', 'to hold at least one gradient', grads);
    }
    for (const [name, grad] of entries) {
      if (!tensor.allows(grad)) {
        reject(where, `grads.${name}`, tensor.expected, grad);
      }
    }
    return Object.fromEntries(entries);
  }

  /**
   * One step on. A gradient that is not finite would stay in the average for good: it is refused where it can
   * be seen without waiting, on cpu and wasm; on a device the entries concerned keep their average.
   */
  advance(grads: unknown, mu: number): void {
    const named = this.checked(grads);
    this.#replace(
      tf.tidy(() =>
        Object.fromEntries(
          Object.entries(named).map(([name, grad]) => [name, this.#next(name, grad, mu)]),
        ),
      ),
      this.#steps + 1,
    );
  }

  /**
   * m̄ + (1 − μ)(g − m̄): in float32, μ = .9999 and 1 − μ do not quite sum to 1. A sum with m̄ also never gives
   * −0, which JSON does not know.
   */
  #next(name: string, grad: tf.Tensor, mu: number): tf.Tensor {
    const before = this.#tensors[name] ?? tf.zerosLike(grad);
    const g = finite(name, grad, before);
    return this.isEmpty && this.#start === 'first'
      ? tf.add(g, before)
      : elementwise(
          before,
          g,
          (m, g, next) => {
            for (let k = 0; k < next.length; k++) {
              const before = m[k] as number;
              next[k] = Math.fround(before + (1 - mu) * ((g[k] as number) - before)) + 0;
            }
          },
          () => tf.add(before, tf.mul(1 - mu, tf.sub(g, before))),
        );
  }

  /** Reads the values from the device: not for within a step. */
  getState(): DmtaState {
    const average = Object.entries(this.#tensors).map(([name, x]) => [
      name,
      { shape: [...x.shape], values: Array.from(x.dataSync()) },
    ]);
    return { format, version, steps: this.#steps, average: Object.fromEntries(average) };
  }

  /** All of the state or, if it throws, nothing of it. */
  setState(state: unknown): void {
    checkState(state, this.#tensors);
    const restored = Object.entries(state.average).map(([name, { shape, values }]) => [
      name,
      // A typed array of its own: tfjs takes it over as it is.
      tf.tensor(Float32Array.from(values), [...shape], 'float32'),
    ]);
    this.#replace(Object.fromEntries(restored), state.steps);
  }

  /** Forgets everything; the next gradient is again the first. */
  dispose(): void {
    this.#replace({}, 0);
  }

  #replace(tensors: tf.NamedTensorMap, steps: number): void {
    for (const x of Object.values(tensors)) {
      tf.keep(x);
    }
    tf.dispose(this.#tensors);
    this.#tensors = tensors;
    this.#steps = steps;
  }
}

/** g, whose entries are finite: refused where that can be seen, and made so where it cannot. */
function finite(name: string, grad: tf.Tensor, instead: tf.Tensor): tf.Tensor {
  const values = hostView(grad);
  if (values === undefined) {
    return tf.where(finiteEntries(grad), grad, instead);
  }
  let zero = 0; // x·0, or NaN where x is not finite
  for (let k = 0; k < values.length; k++) {
    zero += (values[k] as number) * 0;
  }
  if (zero !== 0) {
    const bad = values.find((x: number) => !Number.isFinite(x));
    reject(where, `grads.${name}`, 'to be finite', bad);
  }
  return grad;
}
