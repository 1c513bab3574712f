import * as tf from '@tensorflow/tfjs-core';
import {
  isTensorOf,
  Memory,
  mapNamed,
  notFinite,
  rejectNotFinite,
  tensor,
} from '@toploss/core/kit';
import { moveInPlace, next } from './formula.js';
import {
  check,
  type DmtaState,
  type ListedGradients,
  type Observed,
  type Schedule,
  type Start,
} from './inputs.js';
import { checkState, format, inOrder, namesHere, rejectMisfit, version } from './saved.js';
import { momentum, valueAt } from './schedules.js';

/**
 * m̄, the slow average of the gradients, each variable on its own.
 *
 *     m̄ₖ = μ m̄ₖ₋₁ + (1 − μ) gₖ
 *
 * The average of a variable without a gradient waits; a variable that comes later starts then.
 *
 * It has the size of the parameters. A tidy does not dispose of it; `dispose` does.
 */
export class SlowAverage {
  readonly #memory = new Memory();
  /** Whether it was restored, and no gradient has shown since what its variables are called here. */
  #isUnmatched = false;
  /** Whether its names are in the order of the variables: some step had all of them. */
  #isOrdered = true;
  readonly #mu: Schedule;
  readonly start: Start;

  constructor(mu: Schedule, start: Start) {
    this.#mu = mu;
    this.start = start;
  }

  /** How many gradients are in it. */
  get steps(): number {
    return this.#memory.steps;
  }

  /** m̄ by variable name; the tensors stay its own. Empty before the first gradient. */
  get tensors(): Readonly<tf.NamedTensorMap> {
    return this.#memory.tensors;
  }

  /** μ of the next step. */
  get mu(): number {
    return valueAt('mu', this.#mu, this.steps, momentum);
  }

  /** The gradients, checked: tensors, of the shapes of their averages; and these. */
  checked(grads: unknown): Observed {
    const entries = check.each('grads', grads, tensor);
    if (entries.length === 0) {
      check.reject('grads', 'to hold at least one gradient', grads);
    }
    const named = grads as tf.NamedTensorMap;
    const tensors = this.#tensorsFor(named);
    const known = entries.filter(([name]) => Object.hasOwn(tensors, name));
    for (const [name, grad] of known) {
      check.tensor(`grads.${name}`, grad, tensors[name]!.shape);
    }
    return {
      grads: named,
      slow: Object.fromEntries(known.map(([name]) => [name, tensors[name]!])),
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

  /** m̄ in the order of the gradients; `undefined` unless they have the names of m̄, in its order, and its shapes. */
  listOf({ variables, tensors }: ListedGradients): tf.Tensor[] | undefined {
    const [names, slow] = [Object.keys(this.tensors), Object.values(this.tensors)];
    const fit =
      !this.#isUnmatched &&
      names.length === variables.length &&
      names.every(
        (name, k) => name === variables[k]!.name && isTensorOf(tensors[k], slow[k]!.shape),
      );
    return fit ? slow : undefined;
  }

  /**
   * One step on. A gradient that is not finite would stay in the average for good: it is refused where it can
   * be seen without waiting, on cpu and wasm; on a device the entries concerned keep their average.
   */
  observe(grads: unknown): void {
    const { grads: named } = this.checked(grads);
    const variables = Object.keys(named).map((name) => ({ name }));
    if (!this.observeInPlace({ variables, tensors: Object.values(named) })) {
      this.#observeAnew(named);
    }
  }

  /** `observe` without new tensors. Returns whether it did: not on a device, and not if `listOf` has none. */
  observeInPlace(gradients: ListedGradients): boolean {
    const { variables, tensors } = gradients;
    for (const [k, grad] of tensors.entries()) {
      const bad = notFinite(grad);
      if (bad !== undefined) {
        rejectNotFinite(check.where, `grads.${variables[k]!.name}`, 'to be finite', bad);
      }
    }
    const slow = this.listOf(gradients);
    if (slow === undefined || !moveInPlace(slow, tensors, 1 - this.mu)) {
      return false;
    }
    this.#memory.count();
    this.#isOrdered = true;
    return true;
  }

  #observeAnew(named: tf.NamedTensorMap): void {
    const { mu } = this;
    const before = this.#tensorsFor(named);
    const names = inOrder(Object.keys(before), Object.keys(named));
    const moved = tf.tidy(() =>
      Object.fromEntries(
        names.map((name) => {
          const [grad, slow] = [named[name], before[name]];
          const isFirst = slow === undefined && this.start === 'first';
          return [name, grad === undefined ? slow! : next(slow, grad, isFirst ? 1 : 1 - mu)];
        }),
      ),
    );
    this.#isOrdered =
      names.every((name) => Object.hasOwn(named, name)) ||
      (this.#isOrdered && names.every((name) => Object.hasOwn(before, name)));
    this.#memory.replace(moved, this.steps + 1);
    this.#isUnmatched = false;
  }

  /** Reads the values from the device: not for within a step. */
  getState(): DmtaState {
    const average = mapNamed(this.tensors, (x) => ({
      shape: [...x.shape],
      values: Array.from(x.dataSync()),
    }));
    const state = { format, version, steps: this.steps, average };
    return this.#isOrdered ? state : { ...state, isOrdered: false };
  }

  /** Restores the whole state, or throws and changes nothing. The next gradients decide about names that are not known. */
  setState(state: unknown): void {
    checkState(state);
    const { average, steps, isOrdered = true } = state;
    const isEmpty = this.steps === 0;
    const here = isEmpty || steps === 0 ? average : this.tensors;
    const areOrdered = isOrdered && (isEmpty || this.#isOrdered);
    const names = namesHere(average, here, areOrdered);
    if (names === undefined || names.length !== Object.keys(here).length) {
      rejectMisfit('state.average', here, average, areOrdered);
    }
    const isUnmatched = isEmpty || this.#isUnmatched;
    const restored = Object.entries(average).map(([name, { shape, values }], k) => [
      isUnmatched ? name : names[k],
      // A typed array of its own: tfjs takes it over as it is.
      tf.tensor(Float32Array.from(values), [...shape], 'float32'),
    ]);
    this.#memory.replace(Object.fromEntries(restored), steps);
    this.#isUnmatched = isUnmatched && steps > 0;
    this.#isOrdered = isOrdered;
  }

  /** Forgets everything; the next gradient is again the first. */
  dispose(): void {
    this.#memory.dispose();
    this.#isUnmatched = false;
    this.#isOrdered = true;
  }
}
