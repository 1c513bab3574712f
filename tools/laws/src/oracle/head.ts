import { total } from './close.js';

/** The formulas of the head, written down as they stand, in double precision. */
export interface Head {
  /** z: [B][C], h: [B][D], y: [B][C] */
  readonly z: readonly (readonly number[])[];
  readonly h: readonly (readonly number[])[];
  readonly y: readonly (readonly number[])[];
  /** What counts: [B] */
  readonly counts: readonly boolean[];
  readonly curvature: 'fisher' | 'hessian';
  readonly head: 'softmax' | 'sigmoid' | 'linear';
  readonly includeBias: boolean;
}

interface Example {
  readonly loss: number;
  /** e = ∂ℓ/∂z */
  readonly e: readonly number[];
  /** c = ‖e‖² or tr A, and ∇_z c. */
  readonly c: number;
  readonly dc: readonly number[];
}

/** Each probability with the sum of all others, which is 1 − p to its last digit. */
export function softmax(z: readonly number[]): { p: number[]; q: number[]; logP: number[] } {
  const largest = Math.max(...z);
  const powers = z.map((x) => Math.exp(x - largest));
  const sum = total(powers);
  const q = powers.map((_, k) => total(powers.filter((_, j) => j !== k)) / sum);
  // log p = log(1 − q) where p is large
  const logP = z.map((x, k) =>
    (q[k] as number) < 0.5 ? Math.log1p(-(q[k] as number)) : x - largest - Math.log(sum),
  );
  return { p: powers.map((x) => x / sum), q, logP };
}

function example(
  z: readonly number[],
  y: readonly number[],
  { head, curvature }: Pick<Head, 'head' | 'curvature'>,
): Example {
  const at = (x: readonly number[], k: number) => x[k] as number;
  if (head === 'linear') {
    const e = z.map((x, k) => x - at(y, k));
    const squares = total(e.map((x) => x * x));
    return curvature === 'fisher'
      ? { loss: squares / 2, e, c: squares, dc: e.map((x) => 2 * x) }
      : { loss: squares / 2, e, c: z.length, dc: z.map(() => 0) };
  }
  if (head === 'sigmoid') {
    const s = z.map((x) => 1 / (1 + Math.exp(-x)));
    const r = z.map((x) => 1 / (1 + Math.exp(x)));
    const e = z.map((_, k) => at(s, k) * (1 - at(y, k)) - at(r, k) * at(y, k));
    const loss = total(
      z.map((x, k) => Math.max(x, 0) - at(y, k) * x + Math.log1p(Math.exp(-Math.abs(x)))),
    );
    const sr = s.map((x, k) => x * at(r, k));
    return curvature === 'fisher'
      ? { loss, e, c: total(e.map((x) => x * x)), dc: e.map((x, k) => 2 * x * at(sr, k)) }
      : { loss, e, c: total(sr), dc: sr.map((x, k) => x * (at(r, k) - at(s, k))) };
  }
  const { p, q, logP } = softmax(z);
  const e = p.map((x, k) => x * (1 - at(y, k)) - at(q, k) * at(y, k));
  const loss = -total(y.map((x, k) => (x === 0 ? 0 : x * at(logP, k))));
  // x_k − ⟨p, x⟩ = Σ_j p_j (x_k − x_j)
  const centered = (x: readonly number[], k: number) =>
    total(p.map((pj, j) => (j === k ? 0 : pj * (at(x, k) - at(x, j)))));
  return curvature === 'fisher'
    ? { loss, e, c: total(e.map((x) => x * x)), dc: p.map((x, k) => 2 * x * centered(e, k)) }
    : {
        loss,
        e,
        c: total(p.map((x, k) => x * at(q, k))),
        dc: p.map((x, k) => 2 * x * centered(q, k)),
      };
}

/** mean_i ℓ_i + λ mean_i c_i S_i, the loss only where it is asked for; and what each gradient was added up from. */
export function headLoss(of: Head, { loss, lambda }: { loss: boolean; lambda: number }) {
  const share = 1 / Math.max(of.counts.filter(Boolean).length, 1);
  const zeros = (row: readonly number[]) => row.map(() => 0);
  const examples = of.z.map((z, i) => {
    const h = of.h[i] as readonly number[];
    if (!of.counts[i]) {
      return { value: 0, dLogits: zeros(z), dFeatures: zeros(h), scale: 0 };
    }
    const { loss: l, e, c, dc } = example(z, of.y[i] as readonly number[], of);
    const S = total(h.map((x) => x * x)) + (of.includeBias ? 1 : 0);
    const ofLoss = e.map((x) => (loss ? share * x : 0));
    const ofTrace = dc.map((x) => lambda * share * S * x);
    return {
      value: (loss ? share * l : 0) + lambda * share * c * S,
      dLogits: ofLoss.map((x, k) => x + (ofTrace[k] as number)),
      dFeatures: h.map((x) => 2 * lambda * share * c * x),
      // and the rounding of what was subtracted
      scale:
        1e-10 * lambda * share * S +
        Math.max(...ofLoss.map((x, k) => Math.abs(x) + Math.abs(ofTrace[k] as number))),
    };
  });
  return {
    value: total(examples.map(({ value }) => value)),
    dLogits: examples.map(({ dLogits }) => dLogits),
    dFeatures: examples.map(({ dFeatures }) => dFeatures),
    scales: examples.map(({ scale }) => scale),
  };
}
