import * as tf from '@tensorflow/tfjs-core';
import { type Checks, integer } from './check.js';

/**
 * The memory of a term: tensors by name, and how many steps are in them. A tidy does not dispose of them; `replace` and
 * `dispose` do.
 */
export class Memory {
  #tensors: Readonly<tf.NamedTensorMap> = {};
  #steps = 0;

  /** Don't dispose of these tensors. Empty before the first step. */
  get tensors(): Readonly<tf.NamedTensorMap> {
    return this.#tensors;
  }

  /** The number of steps observed. */
  get steps(): number {
    return this.#steps;
  }

  /** Takes ownership of the new tensors, and disposes of all old tensors that are not among them. */
  replace(tensors: Readonly<tf.NamedTensorMap>, steps: number): void {
    const kept = new Set(Object.values(tensors));
    for (const x of kept) {
      tf.keep(x);
    }
    tf.dispose(Object.values(this.#tensors).filter((x) => !kept.has(x)));
    this.#tensors = tensors;
    this.#steps = steps;
  }

  /** Counts a step whose values were written to the tensors themselves. */
  count(): void {
    this.#steps += 1;
  }

  /** Forgets everything; the next step is again the first. */
  dispose(): void {
    this.replace({}, 0);
  }
}

/** Throws unless `state` has this format, this version and a number of steps. */
export function checkSaved(
  check: Checks,
  state: unknown,
  expected: { readonly format: string; readonly version: number },
): asserts state is { readonly steps: number } {
  check.object('state', state);
  const saved = state as Partial<Record<'format' | 'version' | 'steps', unknown>>;
  for (const key of ['format', 'version'] as const) {
    if (saved[key] !== expected[key]) {
      check.reject(`state.${key}`, `to be ${JSON.stringify(expected[key])}`, saved[key]);
    }
  }
  check.argument('state.steps', saved.steps, integer(0));
}

/** Throws unless `value` is a nested array of that shape, of float32 numbers. JSON stores those bit for bit. */
export function checkFloats(
  check: Checks,
  argument: string,
  value: unknown,
  [length = 0, ...inner]: readonly number[],
): void {
  if (!Array.isArray(value) || value.length !== length) {
    check.reject(argument, `to be an array of ${length}`, value);
  }
  if (inner.length > 0) {
    for (const [k, row] of value.entries()) {
      checkFloats(check, `${argument}[${k}]`, row, inner);
    }
    return;
  }
  // JSON stores NaN and ∞ as `null`.
  const bad = value.findIndex((x) => !Number.isFinite(x) || Math.fround(x) !== x);
  if (bad >= 0) {
    check.reject(`${argument}[${bad}]`, 'to be a finite float32', value[bad]);
  }
}
