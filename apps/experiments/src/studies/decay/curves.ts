import { mean } from '../../statistics/mean.js';
import type { ArmResults } from '../../study.js';

/** What a value of λ gave on validation data, over the tuning seeds. */
export interface Point {
  lambda: number;
  /** In percent. */
  accuracy: number;
  norm: number;
}

/** By increasing λ; λ = 0 is the first. */
export function curveOf({ tuning }: ArmResults): Point[] {
  return tuning.map(({ label, measured }) => ({
    lambda: Number(label.replace('λ = ', '')),
    accuracy: 100 * mean(measured.accuracy as number[]),
    norm: mean(measured.norm as number[]),
  }));
}

export interface Range {
  from: number;
  to: number;
}

/** The unbroken range of λ > 0 around the best one whose accuracy is within so many points of it. */
export function rangeWithin(curve: readonly Point[], points: number): Range {
  const decayed = curve.filter(({ lambda }) => lambda > 0);
  const best = decayed.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const k = decayed.indexOf(best);
  const isNear = ({ accuracy }: Point) => accuracy >= best.accuracy - points;
  let [first, last] = [k, k];
  while (first > 0 && isNear(decayed[first - 1] as Point)) {
    first--;
  }
  while (last < decayed.length - 1 && isNear(decayed[last + 1] as Point)) {
    last++;
  }
  return { from: (decayed[first] as Point).lambda, to: (decayed[last] as Point).lambda };
}

/** The least λ above the best one whose accuracy is at least so many points below that of the best. */
export function collapseIn(curve: readonly Point[], points: number): number | undefined {
  const best = curve.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return curve.find(
    ({ lambda, accuracy }) => lambda > best.lambda && accuracy <= best.accuracy - points,
  )?.lambda;
}
