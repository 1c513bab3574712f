import type { Head, Text } from '@toploss/core/kit';
import { classSumsText, classText, rowText } from './class-sums.js';

/** The quadratic form ΔᵀAΔ of a row, and its gradients, in the language of programs. */
interface QuadraticText {
  /** Declares `form`, and what the gradients read beside it. */
  readonly form: (classes: number, delta: Text) => Text;
  /** By Δ and by z, for class k; they read `delta`. */
  readonly byDelta: Text;
  readonly byLogits: Text;
}

/** The table of quadratic.ts. */
const quadraticText: Readonly<Record<Head, QuadraticText>> = {
  softmax: {
    // Relative to the likely class's Δ, as in the operations, which say why.
    form: (classes, delta) => `
      ${classSumsText('softmax', classes, { ofLikely: `select(0., ${delta}, isLikely)` })}
      ${classSumsText('softmax', classes, { mean: `p * (${delta} - ofLikely)` })}
      ${classSumsText('softmax', classes, {
        form: `p * (${delta} - ofLikely - mean) * (${delta} - ofLikely - mean)`,
      })}`,
    byDelta: '2. * p * (delta - ofLikely - mean)',
    byLogits: 'p * ((delta - ofLikely - mean) * (delta - ofLikely - mean) - form)',
  },
  sigmoid: {
    form: (classes, delta) =>
      classSumsText('sigmoid', classes, { form: `p * q * (${delta}) * (${delta})` }),
    byDelta: '2. * p * q * delta',
    byLogits: '(q - p) * p * q * delta * delta',
  },
  linear: {
    form: (classes, delta) => classSumsText('linear', classes, { form: `(${delta}) * (${delta})` }),
    byDelta: '2. * delta',
    byLogits: '0.',
  },
};

/** Declares `form` of row i. */
export const formText = (head: Head, classes: number, delta: Text): Text => `
  ${rowText(head, classes)}
  ${quadraticText[head].form(classes, delta)}`;

/** Declares `byDelta` and `byLogits` of entry [i, j]. */
export const formGradientText = (head: Head, classes: number, delta: Text): Text => `
  ${formText(head, classes, delta)}
  int k = j;
  ${classText(head)}
  float delta = ${delta};
  float byDelta = ${quadraticText[head].byDelta};
  float byLogits = ${quadraticText[head].byLogits};`;
