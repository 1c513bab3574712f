import * as tf from '@tensorflow/tfjs-core';
import {
  checkObject,
  checkTensor,
  elementwise,
  Memory,
  mapNamed,
  reject,
  tensor,
} from '@toploss/core/kit';
import { finite } from './finite.js';
import { inOrder, namesHere, rejectMisfit } from './match.js';
import { checkState, type DmtaState, format, version } from './state.js';

/** How the average starts: at zero, or at the first gradient, as toploss 0.1.0 has it. */
export type Start = 'zero' | 'first';

/** Gradients, and the averages of those that have one, both by the names of the gradients. */
export interface Observed {
  readonly grads: tf.NamedTensorMap;
  readonly slow: Readonly<tf.NamedTensorMap>;
}

/**
 * m̄, the slow average of the gradients, each variable on its own.
 *
 *     m̄ₖ = μ m̄ₖ₋₁ + (1 − μ) gₖ
 *
 * That of a variable without a gradient waits; a variable that comes later starts then.
 *
 * It has the size of the parameters, and lives until it is disposed of, whatever tidy it was made in.
 */
export class SlowAverage {
  readonly #memory = new Memory();
  /** Whether it was restored, and no gradient has shown since what its variables are called here. */
  #isUnmatched = false;
  /** Whether its names are in the order of the variables: some step had all of them. */
  #isOrdered = true;
  readonly #start: Start | undefined;

  constructor(start?: Start) {
    this.#start = start;
  }

  /** How many gradients are in it. */
  get steps(): number {
    return this.#memory.steps;
  }

  get isEmpty(): boolean {
    return this.steps === 0;
  }

  /** m̄ by variable name; the tensors stay its own. Empty before the first gradient. */
  get tensors(): Readonly<tf.NamedTensorMap> {
    return this.#memory.tensors;
  }

  /** The gradients, checked: tensors, of the shapes of their averages; and these. */
  checked(grads: unknown): Observed {
    checkObject('dmta', 'grads', grads);
    const entries = Object.entries(grads);
    if (entries.length === 0) {
      reject('dmta', 'grads', 'to hold at least one gradient', grads);
    }
    for (const [name, grad] of entries) {
      if (!tensor.allows(grad)) {
        reject('dmta', `grads.${name}`, tensor.expected, grad);
      }
    }
    const named: tf.NamedTensorMap = Object.fromEntries(entries);
    const tensors = this.#tensorsFor(named);
    const slow = entries.filter(([name]) => Object.hasOwn(tensors, name));
    for (const [name, grad] of slow) {
      checkTensor('dmta', `grads.${name}`, grad, tensors[name]!.shape);
    }
    return {
      grads: named,
      slow: Object.fromEntries(slow.map(([name]) => [name, tensors[name]!])),
    };
  }

  /** m̄ by the names that these gradients have. */
  #tensorsFor(named: tf.NamedTensorMap): Readonly<tf.NamedTensorMap> {
    if (!this.#isUnmatched) {
      return this.tensors;
    }
    const names = namesHere(this.tensors, named, this.#isOrdered);
    if (names === undefined) {
      rejectMisfit('grads', this.tensors, named, this.#isOrdered);
    }
    return Object.fromEntries(Object.values(this.tensors).map((x, k) => [names[k], x]));
  }

  /**
   * One step on. A gradient that is not finite would stay in the average for good: it is refused where it can
   * be seen without waiting, on cpu and wasm; on a device the entries concerned keep their average.
   */
  advance(grads: unknown, mu: number): void {
    const { grads: named } = this.checked(grads);
    const before = this.#tensorsFor(named);
    const names = inOrder(Object.keys(before), Object.keys(named));
    const next = tf.tidy(() =>
      Object.fromEntries(
        names.map((name) => {
          const grad = named[name];
          const slow = before[name];
          return [
            name,
            grad === undefined ? (slow as tf.Tensor) : this.#next(name, grad, slow, mu),
          ];
        }),
      ),
    );
    this.#isOrdered =
      names.every((name) => Object.hasOwn(named, name)) ||
      (this.#isOrdered && names.every((name) => Object.hasOwn(before, name)));
    this.#memory.replace(next, this.steps + 1);
    this.#isUnmatched = false;
  }

  /**
   * m̄ + (1 − μ)(g − m̄): in float32, μ = .9999 and 1 − μ do not quite sum to 1. A sum with m̄ also never gives
   * −0, which JSON does not know.
   */
  #next(name: string, grad: tf.Tensor, slow: tf.Tensor | undefined, mu: number): tf.Tensor {
    const before = slow ?? tf.zerosLike(grad);
    const g = finite(name, grad, before);
    return slow === undefined && this.#start === 'first'
      ? tf.add(g, before)
      : elementwise(
          before,
          g,
          (m, g, next) => {
            for (let k = 0; k < next.length; k++) {
              const before = m[k]!;
              next[k] = Math.fround(before + (1 - mu) * (g[k]! - before)) + 0;
            }
          },
          () => tf.add(before, tf.mul(1 - mu, tf.sub(g, before))),
        );
  }

  /** Reads the values from the device: not for within a step. */
  getState(): DmtaState {
    const average = mapNamed(this.tensors, (x) => ({
      shape: [...x.shape],
      values: Array.from(x.dataSync()),
    }));
    return {
      ...{ format, version, steps: this.steps, average },
      ...(this.#isOrdered ? {} : { isOrdered: false }),
    };
  }

  /**
   * All of the state or, if it throws, nothing of it. Its names are those here, or are found at the next gradients.
   */
  setState(state: unknown): void {
    checkState(state);
    const isOrdered = state.isOrdered !== false;
    const areOrdered = isOrdered && (this.isEmpty || this.#isOrdered);
    const names =
      this.isEmpty || state.steps === 0 ? [] : namesHere(state.average, this.tensors, areOrdered);
    const count = Object.keys(state.average).length;
    if (names === undefined || (names.length > 0 && count !== Object.keys(this.tensors).length)) {
      rejectMisfit('state.average', this.tensors, state.average, areOrdered);
    }
    const isUnmatched = this.isEmpty || this.#isUnmatched;
    const restored = Object.entries(state.average).map(([name, { shape, values }], k) => [
      isUnmatched ? name : names[k],
      // A typed array of its own: tfjs takes it over as it is.
      tf.tensor(Float32Array.from(values), [...shape], 'float32'),
    ]);
    this.#memory.replace(Object.fromEntries(restored), state.steps);
    this.#isUnmatched = isUnmatched && state.steps > 0;
    this.#isOrdered = isOrdered;
  }

  /** Forgets everything; the next gradient is again the first. */
  dispose(): void {
    this.#memory.dispose();
    this.#isUnmatched = false;
    this.#isOrdered = true;
  }
}
