import * as tf from '@tensorflow/tfjs-core';
import {
  isTensorOf,
  Memory,
  mapNamed,
  notFinite,
  rejectNotFinite,
  tensor,
} from '@toploss/core/kit';
import { moveInPlace, nextElsewhere } from './formula.js';
import { check, type DmtaInputs, type DmtaState, type Schedule, type Start } from './inputs.js';
import { nextByProgram } from './program.js';
import { checkState, format, inOrder, namesHere, rejectMisfit, version } from './saved.js';
import { momentum, valueAt } from './schedules.js';

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

  /** The inputs of a penalty; its gradients are constants. */
  checkInputs(inputs: unknown): { params: tf.NamedTensorMap; observed: Observed } {
    check.object('inputs', inputs);
    const { params, grads } = inputs as DmtaInputs;
    const observed = this.checked(grads);
    return { params: check.tensors('params', params, observed.grads), observed };
  }

  /** The gradients, checked: tensors, of the shapes of their averages; and these. */
  checked(grads: unknown): Observed {
    check.object('grads', grads);
    const named = grads as tf.NamedTensorMap;
    if (this.#isUnmatched) {
      check.each('grads', named, tensor);
    }
    const tensors = this.#tensorsFor(named);
    const known: string[] = [];
    let isEmpty = true;
    for (const [name, grad] of Object.entries(named)) {
      isEmpty = false;
      const slow = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
      if (slow !== undefined) {
        known.push(name);
      }
      if (slow === undefined || !isTensorOf(grad, slow.shape)) {
        check.argument(`grads.${name}`, grad, tensor);
        check.tensor(`grads.${name}`, grad, slow?.shape ?? grad.shape);
      }
    }
    if (isEmpty) {
      check.reject('grads', 'to hold at least one gradient', grads);
    }
    const areAll = known.length === Object.keys(tensors).length;
    const slow = areAll ? tensors : Object.fromEntries(known.map((name) => [name, tensors[name]!]));
    return { grads: named, slow };
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
  observe(grads: unknown): void {
    const { grads: named, slow } = this.checked(grads);
    const mu = this.mu;
    for (const [name, grad] of Object.entries(named)) {
      const bad = notFinite(grad);
      if (bad !== undefined) {
        rejectNotFinite(check.where, `grads.${name}`, 'to be finite', bad);
      }
    }
    if (slow === this.tensors && moveInPlace(slow, named, 1 - mu)) {
      this.#memory.count();
      this.#isOrdered = true;
      return;
    }
    const before = this.#tensorsFor(named);
    const names = inOrder(Object.keys(before), Object.keys(named));
    const next = tf.tidy(() =>
      Object.fromEntries(
        names.map((name) => {
          const [grad, slow] = [named[name], before[name]];
          return [name, grad === undefined ? slow! : this.#next(grad, slow, mu)];
        }),
      ),
    );
    this.#isOrdered =
      names.every((name) => Object.hasOwn(named, name)) ||
      (this.#isOrdered && names.every((name) => Object.hasOwn(before, name)));
    this.#memory.replace(next, this.steps + 1);
    this.#isUnmatched = false;
  }

  #next(grad: tf.Tensor, slow: tf.Tensor | undefined, mu: number): tf.Tensor {
    const isFirst = slow === undefined && this.start === 'first';
    const share = isFirst ? 1 : 1 - mu;
    return nextByProgram(slow, grad, share) ?? nextElsewhere(slow, grad, share);
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
