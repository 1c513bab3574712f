import { random } from '@toploss/examples/random';

const RESAMPLES = 10_000;

export interface Interval {
  low: number;
  high: number;
}

/** The 95 % interval of a mean: the quantiles of the means of samples drawn with replacement. */
export function bootstrap(values: readonly number[]): Interval {
  const n = values.length;
  const drawn = drawsOf(n);
  const means = new Float64Array(RESAMPLES);
  for (let k = 0; k < RESAMPLES; k++) {
    let sum = 0;
    for (let i = k * n; i < (k + 1) * n; i++) {
      sum += values[drawn[i] as number] as number;
    }
    means[k] = sum / n;
  }
  means.sort();
  const quantile = (q: number) => means[Math.round(q * (RESAMPLES - 1))] as number;
  return { low: quantile(0.025), high: quantile(0.975) };
}

const draws = new Map<number, Uint16Array>();

/** All intervals of n seeds share one set of samples, which is most of their cost. */
function drawsOf(n: number): Uint16Array {
  let drawn = draws.get(n);
  if (drawn === undefined) {
    const { below } = random(n, 'bootstrap');
    drawn = Uint16Array.from({ length: RESAMPLES * n }, () => below(n));
    draws.set(n, drawn);
  }
  return drawn;
}
