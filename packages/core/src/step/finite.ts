import type * as tf from '@tensorflow/tfjs-core';
import { rejectNotFinite } from '../kit/check.js';
import { notFinite } from '../kit/finite-entries.js';
import { check } from './check.js';
import type { Gradients } from './gradients.js';
import type { SortedTerms } from './sort-terms.js';

/** The losses of a step, and its gradients before and after the corrections. */
interface StepValues {
  readonly gradients: Gradients;
  readonly corrected: Gradients;
  /** `base`, and λΦ of each term that has a value. */
  readonly losses: Readonly<Record<string, tf.Scalar>>;
}

/**
 * On cpu and wasm, throws if a gradient is not finite: an optimizer would keep a NaN in its averages forever. On
 * other backends, the check would wait for a device.
 */
export function checkFinite(terms: SortedTerms, computed: StepValues): void {
  const { variables, tensors } = computed.corrected;
  for (let k = 0; k < tensors.length; k++) {
    const bad = notFinite(tensors[k]!);
    if (bad !== undefined) {
      const expected = `to be finite, and no step is taken: look at ${culprit(k, terms, computed)}`;
      rejectNotFinite(check.where, `grads.${variables[k]?.name}`, expected, bad);
    }
  }
}

/** The most likely source of a gradient that is not finite, number k. */
function culprit(k: number, terms: SortedTerms, computed: StepValues): string {
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
  if (notFinite(computed.gradients.tensors[k]!) === undefined) {
    return `the corrections (${terms.corrections.map(({ name }) => name).join(', ')})`;
  }
  return 'roots, logarithms and divisions near 0 in `forward`, whose loss is finite';
}
