import { total } from './close.js';
import { softmax } from './head.js';

/** Σ p (e^−δ − 1 + δ) = KL(p ‖ q), δ = log p − log q; 0 log 0 = 0. */
function divergence(z: readonly number[], zHat: readonly number[]): number {
  const [{ p, q: rest }, { p: q, q: restHat }] = [softmax(z), softmax(zHat)];
  const [shift, shiftHat] = [logSum(z), logSum(zHat)];
  return total(
    p.map((pk, k) => {
      if (pk === 0) {
        return q[k] as number;
      }
      // the log-ratio in the order that keeps its digits, whatever the size of the logits
      const a = (z[k] as number) - shift.largest - ((zHat[k] as number) - shiftHat.largest);
      const delta = a - (shift.log - shiftHat.log);
      if (Math.abs(delta) < 1e-3) {
        return pk * delta * delta * (1 / 2 - delta / 6 + (delta * delta) / 24);
      }
      // q − p, as the difference of the rests where both are nearly 1
      const difference =
        pk > 0.5 ? (rest[k] as number) - (restHat[k] as number) : (q[k] as number) - pk;
      return difference + pk * delta;
    }),
  );
}

function logSum(z: readonly number[]): { largest: number; log: number } {
  const largest = Math.max(...z);
  return { largest, log: Math.log(total(z.map((x) => Math.exp(x - largest)))) };
}

/** KL(p ‖ q), or half of it and half of KL(q ‖ p). */
export const rowDivergence = (
  z: readonly number[],
  zHat: readonly number[],
  symmetric: boolean,
): number => (symmetric ? divergence(z, zHat) / 2 + divergence(zHat, z) / 2 : divergence(z, zHat));

/** q − p, the gradient by ẑ. */
export function qMinusP(z: readonly number[], zHat: readonly number[]): number[] {
  const [clean, noisy] = [softmax(z), softmax(zHat)];
  return clean.p.map((p, k) =>
    p > 0.5 ? (clean.q[k] as number) - (noisy.q[k] as number) : (noisy.p[k] as number) - p,
  );
}
