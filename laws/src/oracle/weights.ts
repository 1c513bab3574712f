import { total } from './close.js';

interface Formula {
  readonly gamma?: number;
  readonly eps?: number;
  readonly total?: number;
}

/** w = total · softmax(log(r + ε) − γ log(κ + ε)) */
export function weights(
  r: readonly number[],
  kappa: readonly number[],
  { gamma = 1, eps = 1e-6, total: sum = 1 }: Formula,
): number[] {
  const scores = r.map((x, t) => Math.log(x + eps) - gamma * Math.log((kappa[t] as number) + eps));
  const largest = Math.max(...scores);
  const powers = scores.map((x) => Math.exp(x - largest));
  const all = total(powers);
  return powers.map((x) => (sum * x) / all);
}

type Step = { readonly losses: readonly number[]; readonly proxies: readonly number[] };

/** r of the last of these steps, by how the floors are found. */
export function excess(
  steps: readonly Step[],
  floor: 'ema-min' | 'window-min' | 'taylor' | readonly number[],
  window: number,
): number[] {
  const { losses, proxies } = steps.at(-1) as Step;
  const of = (t: number) => steps.map((step) => step.losses[t] as number);
  if (typeof floor !== 'string') {
    return losses.map((x, t) => Math.max(x - (floor[t] as number), 0));
  }
  if (floor === 'window-min') {
    return losses.map((x, t) => x - Math.min(...of(t).slice(-window)));
  }
  if (floor === 'taylor') {
    return proxies.map((x, t) => {
      const seen = total(steps.map((step) => step.proxies[t] as number));
      return x / Math.sqrt(seen + 1e-7);
    });
  }
  return losses.map((_, t) => {
    const [first, ...rest] = of(t) as [number, ...number[]];
    let [a, b, m] = [first, first, first];
    for (const x of rest) {
      a += Math.min(10 / window, 1) * (x - a);
      b += (x - b) / window;
      m = Math.min(b, m + (b - m) / window);
    }
    return Math.max(a, b) - Math.min(a, m);
  });
}
