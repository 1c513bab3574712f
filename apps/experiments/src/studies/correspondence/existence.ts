import { type LineIntegral, lineIntegral } from './line-integral.js';
import type { Field, Vector } from './vector.js';

/** How far the integral along a detour is from the straight one, of what is integrated: 0 where there is a Φ. */
export function pathDependence(
  c: Field,
  [a, b, detour]: readonly [Vector, Vector, Vector],
): number {
  const direct = lineIntegral(c, a, b);
  const legs = [lineIntegral(c, a, detour), lineIntegral(c, detour, b)];
  const sum = (quantity: keyof LineIntegral) =>
    legs.reduce((total, leg) => total + leg[quantity], 0);
  return Math.abs(direct.value - sum('value')) / (direct.length + sum('length'));
}

/** How far the integral of c is from Φ(b) − Φ(a), of what is integrated. */
export function potentialError(
  c: Field,
  penalty: (theta: Vector) => number,
  [a, b]: readonly [Vector, Vector, ...Vector[]],
): number {
  const { value, length } = lineIntegral(c, a, b);
  return Math.abs(value - (penalty(b) - penalty(a))) / length;
}
