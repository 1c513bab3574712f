import { add, dot, type Field, type Vector } from './vector.js';

/** Gauss and Legendre's five points on [0, 1], in each of many equal parts. */
const NODES = [
  0,
  Math.sqrt(5 - 2 * Math.sqrt(10 / 7)) / 3,
  Math.sqrt(5 + 2 * Math.sqrt(10 / 7)) / 3,
];
const WEIGHTS = [128 / 225, (322 + 13 * Math.sqrt(70)) / 900, (322 - 13 * Math.sqrt(70)) / 900];
const RULE = NODES.flatMap((node, k) =>
  (node === 0 ? [0] : [-node, node]).map((x) => ({
    t: (1 + x) / 2,
    weight: (WEIGHTS[k] as number) / 2,
  })),
);
const PARTS = 40;

export interface LineIntegral {
  /** ∫₀¹⟨c(a + t(b−a)), b−a⟩ dt */
  value: number;
  /** ∫₀¹|⟨c(a + t(b−a)), b−a⟩| dt: what the value's error is measured by. */
  length: number;
}

export function lineIntegral(c: Field, from: Vector, to: Vector): LineIntegral {
  const direction = add(to, from, -1);
  let [value, length] = [0, 0];
  for (let part = 0; part < PARTS; part++) {
    for (const { t, weight } of RULE) {
      const point = add(from, direction, (part + t) / PARTS);
      const slope = dot(c(point), direction);
      value += (weight / PARTS) * slope;
      length += (weight / PARTS) * Math.abs(slope);
    }
  }
  return { value, length };
}
