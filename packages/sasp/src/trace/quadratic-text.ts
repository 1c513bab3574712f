import type { Head, Text } from '@toploss/core/kit';
import { classSumsText, classText } from './class-sums.js';

/** The quadratic form ΔᵀAΔ of a row, and its gradients, in the language of programs; all of it reads `delta`. */
interface QuadraticText {
  /** The sums over the classes: `form`, and before it what it and the gradients read. */
  readonly passes: readonly Readonly<Record<string, Text>>[];
  /** By Δ and by z, for class k. */
  readonly byDelta: Text;
  readonly byLogits: Text;
}

/** The table of quadratic.ts. */
const quadraticText: Readonly<Record<Head, QuadraticText>> = {
  softmax: {
    // Relative to the likely class's Δ, as in the operations, which say why.
    passes: [
      { ofLikely: 'select(0., delta, isLikely)' },
      { mean: 'p * (delta - ofLikely)' },
      { form: 'p * (delta - ofLikely - mean) * (delta - ofLikely - mean)' },
    ],
    byDelta: '2. * p * (delta - ofLikely - mean)',
    byLogits: 'p * ((delta - ofLikely - mean) * (delta - ofLikely - mean) - form)',
  },
  sigmoid: {
    passes: [{ form: 'p * q * delta * delta' }],
    byDelta: '2. * p * q * delta',
    byLogits: '(q - p) * p * q * delta * delta',
  },
  linear: { passes: [{ form: 'delta * delta' }], byDelta: '2. * delta', byLogits: '0.' },
};

/** Declares `form` of row i. */
export const formText = (head: Head, classes: number, delta: Text): Text =>
  classSumsText(head, classes, quadraticText[head].passes, `float delta = ${delta};`);

/** Declares `byDelta` and `byLogits` of entry [i, j]. */
export const formGradientText = (head: Head, classes: number, delta: Text): Text => `
  ${formText(head, classes, delta)}
  int k = j;
  ${classText(head)}
  float delta = ${delta};
  float byDelta = ${quadraticText[head].byDelta};
  float byLogits = ${quadraticText[head].byLogits};`;
