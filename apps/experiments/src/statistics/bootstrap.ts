import { random } from '@toploss/examples/random';
import { mean } from './mean.js';

const RESAMPLES = 10_000;

export interface Interval {
  low: number;
  high: number;
}

/** The 95 % interval of a mean: the quantiles of the means of samples drawn with replacement. */
export function bootstrap(values: readonly number[]): Interval {
  const { below } = random(0, 'bootstrap');
  const n = values.length;
  const means = Float64Array.from({ length: RESAMPLES }, () =>
    mean(Array.from({ length: n }, () => values[below(n)] as number)),
  ).sort();
  const quantile = (q: number) => means[Math.round(q * (RESAMPLES - 1))] as number;
  return { low: quantile(0.025), high: quantile(0.975) };
}
