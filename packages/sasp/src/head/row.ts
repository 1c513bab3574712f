import { exponential, type Head, type SoftmaxRow, softmaxRow } from '@toploss/core/kit';

/** s and 1 − s of each label, from the exponential that does not overflow. */
function sigmoidRow(z: ArrayLike<number>, start: number, { p, q }: SoftmaxRow): void {
  for (let k = 0; k < p.length; k++) {
    const logit = z[start + k]!;
    const small = exponential(-Math.abs(logit));
    const larger = 1 / (1 + small);
    const smaller = small / (1 + small);
    p[k] = logit >= 0 ? larger : smaller;
    q[k] = logit >= 0 ? smaller : larger;
  }
}

/** Writes the prediction of one row of logits, from `start` on: p and 1 − p. A linear head has none. */
export const predictRow: Readonly<
  Record<Head, (z: ArrayLike<number>, start: number, row: SoftmaxRow) => void>
> = { softmax: softmaxRow, sigmoid: sigmoidRow, linear: () => {} };

/** Σ p(1−p): tr A of a softmax and of sigmoids. */
export function sumOfVariances({ p, q }: SoftmaxRow): number {
  let sum = 0;
  for (let k = 0; k < p.length; k++) {
    sum += p[k]! * q[k]!;
  }
  return sum;
}

/** tr A of a row without missing labels. */
export const traceOfRow: Readonly<Record<Head, (row: SoftmaxRow) => number>> = {
  softmax: sumOfVariances,
  sigmoid: sumOfVariances,
  linear: ({ p }) => p.length,
};
