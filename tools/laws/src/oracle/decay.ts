import { total } from './close.js';

interface Gate {
  readonly beta?: number;
  readonly gate?: 'cautious' | 'expansion';
  readonly normalize?: 'rms' | 'none';
}

/** a⊙θ, with a = σ(β s), s = ±θ⊙g in units of its root mean square. */
export function decay(
  theta: readonly number[],
  g: readonly number[],
  { beta = 50, gate = 'cautious', normalize = 'rms' }: Gate,
): number[] {
  const sign = gate === 'cautious' ? 1 : -1;
  const s = theta.map((x, k) => sign * x * (g[k] as number));
  const rms = Math.sqrt(total(s.map((x) => x * x)) / Math.max(s.length, 1));
  const unit = normalize === 'none' || rms === 0 ? 1 : rms;
  return theta.map((x, k) => {
    const own = s[k] as number;
    const a =
      beta === Number.POSITIVE_INFINITY
        ? Number(own >= 0)
        : 1 / (1 + Math.exp((-beta * own) / unit));
    return a * x;
  });
}
