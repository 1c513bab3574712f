import type * as tf from '@tensorflow/tfjs-core';
import { rejectNotFinite } from '../kit/check.js';
import { notFinite } from '../kit/finite-entries.js';
import type { SortedTerms } from './sort-terms.js';

/** The gradients of a step, before and after the corrections, and the losses that they are of. */
interface Computed {
  readonly gradients: tf.NamedTensorMap;
  readonly corrected: tf.NamedTensorMap;
  /** `base`, and λΦ of each penalty. */
  readonly losses: Readonly<Record<string, tf.Scalar>>;
}

/**
 * Throws when a gradient is not finite, where that can be seen without waiting for a device: on cpu and wasm. An
 * optimizer would keep a NaN in its averages for good.
 */
export function checkFinite(where: string, terms: SortedTerms, computed: Computed): void {
  for (const [name, gradient] of Object.entries(computed.corrected)) {
    const bad = notFinite(gradient);
    if (bad !== undefined) {
      const expected = `to be finite, and no step is taken: look at ${culprit(name, terms, computed)}`;
      rejectNotFinite(where, `grads.${name}`, expected, bad);
    }
  }
}

/** Where the number comes from, as far as that can be seen. */
function culprit(name: string, terms: SortedTerms, computed: Computed): string {
  const { base, ...penalties } = computed.losses;
  const loss = notFinite(base as tf.Scalar);
  if (loss !== undefined) {
    return `the loss, which is ${loss}, and at its batch`;
  }
  for (const { name } of terms.penalties) {
    const penalty = notFinite(penalties[name] as tf.Scalar);
    if (penalty !== undefined) {
      return `the penalty '${name}', which is ${penalty}`;
    }
  }
  if (notFinite(computed.gradients[name]!) === undefined) {
    return `the corrections (${terms.corrections.map(({ name }) => name).join(', ')})`;
  }
  return 'roots, logarithms and divisions near 0 in `forward`, whose loss is finite';
}
