import { total } from './close.js';

const length = (x: readonly number[]) => Math.sqrt(total(x.map((xi) => xi * xi)));

/** 1 − cos = ½ ‖ĝ − m̂‖², and its gradient −(m̂ − ⟨ĝ,m̂⟩ĝ)/max(‖g‖, ε); a right angle where one has no length. */
export function alignment(g: readonly number[], m: readonly number[], eps: number) {
  const [ofG, ofM] = [length(g), length(m)];
  if (Math.min(ofG, ofM) <= 1e-37) {
    return { value: 1, gradient: g.map(() => 0), scale: 0 };
  }
  const [gHat, mHat] = [g.map((x) => x / ofG), m.map((x) => x / ofM)];
  const cos = total(gHat.map((x, k) => x * (mHat[k] as number)));
  const floored = Math.max(ofG, eps, 1e-37);
  return {
    value: total(gHat.map((x, k) => (x - (mHat[k] as number)) ** 2)) / 2,
    gradient: gHat.map((x, k) => -((mHat[k] as number) - cos * x) / floored),
    scale: 1 / floored,
  };
}

/** m̄ₖ = μ m̄ₖ₋₁ + (1 − μ) gₖ over all steps, entry by entry. */
export function average(
  steps: readonly (readonly number[])[],
  mu: number,
  start: 'zero' | 'first',
): number[] {
  const [first] = steps;
  return steps.reduce<number[]>(
    (m, g, k) =>
      k === 0 && start === 'first' ? [...g] : m.map((x, j) => mu * x + (1 - mu) * (g[j] as number)),
    (first ?? []).map(() => 0),
  );
}
