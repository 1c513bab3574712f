import type * as tf from '@tensorflow/tfjs-core';
import { launch, sumsText, type Text } from '@toploss/core/kit';
import { meanSquare } from '../trace/scale.js';
import { probeText } from './probe-text.js';
import type { Hidden, Stack } from './stack.js';

/** Σ of squares over row i. */
const squaresText = (name: string, of: string, width: number): Text =>
  sumsText({ k: width }, { [name]: 'x * x' }, `float x = ${of}(0, i, k);`);

/** S and ‖δ‖² of every row, for the first layer. */
export const firstRows = (first: tf.Tensor, delta: tf.Tensor2D): tf.Tensor2D =>
  launch({
    inputs: { first, delta },
    shape: [delta.shape[0], 2],
    entry: `
      if (j == 0) {
        return first(0, i, 0);
      }
      ${squaresText('size', 'delta', delta.shape[1])}
      return size;`,
  });

/** S, ‖δ‖² or tr A, and what ‖a‖² is multiplied by in S. */
export function rowsOf(
  { head, logits, hidden, scale, counts }: Stack,
  l: number,
  deltas: readonly tf.Tensor2D[],
): tf.Tensor2D {
  const { input, kernel, includeBias } = hidden[l] as Hidden;
  const rho2 = scale === 'relative' ? meanSquare(kernel) : undefined;
  const isLast = l === hidden.length - 1;
  const [B, C] = logits.shape;
  return launch({
    inputs: {
      ...{ acts: input, ...(isLast ? { logits } : { delta: deltas[l + 1]! }) },
      ...{ ...(rho2 && { rho2 }), ...(counts && { counts }) },
    },
    shape: [B, 3],
    entry: `
      float weight = ${rho2 ? 'rho2(0, 0, 0)' : '1.'} * ${counts ? 'counts(0, i, 0)' : '1.'};
      if (j == 2) {
        return weight;
      }
      if (j == 1) {
        ${isLast ? probeText[head].trace(C) : squaresText('trace', 'delta', kernel.shape[1])}
        return trace;
      }
      ${squaresText('squares', 'acts', input.shape[1])}
      return weight * (squares + ${includeBias ? '1.' : '0.'});`,
  });
}

export function meanOf(rows: readonly tf.Tensor2D[]): tf.Scalar {
  const B = rows[0]!.shape[0];
  return launch({
    inputs: Object.fromEntries(rows.map((x, l) => [`rows${l}`, x])),
    shape: [],
    entry: `
      ${sumsText({ k: B }, { sum: rows.map((_, l) => `rows${l}(0, k, 0) * rows${l}(0, k, 1)`).join(' + ') })}
      return sum / ${B}.;`,
  });
}
