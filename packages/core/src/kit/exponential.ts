/** 2^(j/64), j = 0 … 63. */
const FRACTIONS = Float64Array.from({ length: 64 }, (_, j) => 2 ** (j / 64));
/** 2^i, i = −1022 … 1023. */
const POWERS = Float64Array.from({ length: 2046 }, (_, k) => 2 ** (k - 1022));

/**
 * e^x to 12 digits, more than float32 holds, in about half the time of `Math.exp`.
 *
 *     x = (64 i + j) ln 2/64 + r,   e^x = 2^i · 2^(j/64) · e^r,   |r| ≤ ln 2/128
 */
export function exponential(x: number): number {
  if (x < -708) {
    return 0;
  }
  if (x > 709) {
    return Math.exp(x);
  }
  const n = Math.floor(x * (64 / Math.LN2) + 0.5);
  const r = x - n * (Math.LN2 / 64);
  const j = n & 63;
  const power = POWERS[((n - j) >> 6) + 1022]!;
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24))));
  return power * FRACTIONS[j]! * series;
}
