import { random } from '@toploss/examples/random';
import type { Interval } from './bootstrap.js';
import { mean } from './mean.js';

const RESAMPLES = 10_000;

export interface Ratio extends Interval {
  ratio: number;
}

/**
 * The mean of a over the mean of b, and its 95 % interval: the quantiles of the ratios of samples of the seeds, which a and b
 * share, drawn with replacement.
 */
export function ratioOfMeans(a: readonly number[], b: readonly number[]): Ratio {
  const { below } = random(0, 'ratio');
  const n = a.length;
  const ratios = Float64Array.from({ length: RESAMPLES }, () => {
    let [above, under] = [0, 0];
    for (let k = 0; k < n; k++) {
      const seed = below(n);
      above += a[seed] as number;
      under += b[seed] as number;
    }
    return above / under;
  }).sort();
  const quantile = (q: number) => ratios[Math.round(q * (RESAMPLES - 1))] as number;
  return { ratio: mean(a) / mean(b), low: quantile(0.025), high: quantile(0.975) };
}
