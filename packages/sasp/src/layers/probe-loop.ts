import { type Head, SoftmaxRow } from '@toploss/core/kit';
import { predictRow, traceOfRow } from '../head/row.js';
import type { Matrix } from './matrices.js';

/** `Probe`, in loops over the examples. */
export interface HostProbe {
  readonly u: Matrix;
  /** tr A */
  readonly trace: Float64Array;
  /** ∂L/∂z, from ∂L/∂u and ∂L/∂(tr A). */
  pullback(du: Float32Array, dTrace: ArrayLike<number>): Float32Array;
}

/** One example, with its prediction. */
class ProbeRow extends SoftmaxRow {
  /** Scratch memory of the pullback, one entry for each class. */
  readonly w = new Float64Array(this.p.length);
}

/** Of the example whose entries are those from `start` on. */
interface ProbeOfRow {
  /** Writes u = Rξ. */
  write(row: ProbeRow, xi: Float32Array, u: Float32Array, start: number): void;
  /** Writes ∂L/∂z, from G = ∂L/∂u and t = ∂L/∂(tr A). */
  writePullback(
    row: ProbeRow,
    xi: Float32Array,
    G: Float32Array,
    t: number,
    grad: Float32Array,
    start: number,
  ): void;
}

const softmax: ProbeOfRow = {
  // u = r − p Σr with r = √p⊙ξ; for the likely class (1−p) r − p Σ of the others
  write({ p, q, likely }, xi, u, start) {
    let others = 0;
    for (let k = 0; k < p.length; k++) {
      const r = Math.sqrt(p[k]!) * xi[start + k]!;
      u[start + k] = r;
      others += k === likely ? 0 : r;
    }
    const rLikely = u[start + likely]!;
    for (let k = 0; k < p.length; k++) {
      u[start + k]! -= p[k]! * (others + rLikely);
    }
    u[start + likely] = q[likely]! * rLikely - p[likely]! * others;
  },
  // w − p Σw with w = ½ r⊙(G − ⟨p,G⟩) − p⊙G Σr. It sums to 0 over the classes, which gives the likely one's entry.
  // The trace adds t 2p⊙(1 − p − tr A).
  writePullback(row, xi, G, t, grad, start) {
    const { p, q, w, likely } = row;
    let [mean, sumOfR] = [0, 0];
    for (let k = 0; k < p.length; k++) {
      mean += p[k]! * G[start + k]!;
      sumOfR += Math.sqrt(p[k]!) * xi[start + k]!;
    }
    let sum = 0;
    for (let k = 0; k < p.length; k++) {
      const [probability, g] = [p[k]!, G[start + k]!];
      const r = Math.sqrt(probability) * xi[start + k]!;
      w[k] = 0.5 * r * (g - mean) - probability * g * sumOfR;
      sum += w[k]!;
    }
    let others = 0;
    for (let k = 0; k < p.length; k++) {
      w[k]! -= p[k]! * sum;
      others += k === likely ? 0 : w[k]!;
    }
    w[likely] = -others;
    const trace = traceOfRow.softmax(row);
    for (let k = 0; k < p.length; k++) {
      grad[start + k] = w[k]! + 2 * t * p[k]! * (q[k]! - trace);
    }
  },
};

const sigmoid: ProbeOfRow = {
  // √(s(1−s)) ξ, whose derivative is ½(1 − 2s) of it
  write({ p, q }, xi, u, start) {
    for (let k = 0; k < p.length; k++) {
      u[start + k] = Math.sqrt(p[k]! * q[k]!) * xi[start + k]!;
    }
  },
  // The trace adds t s(1−s)(1−2s).
  writePullback({ p, q }, xi, G, t, grad, start) {
    for (let k = 0; k < p.length; k++) {
      const variance = p[k]! * q[k]!;
      const u = Math.sqrt(variance) * xi[start + k]!;
      grad[start + k] = (q[k]! - p[k]!) * (0.5 * u * G[start + k]! + t * variance);
    }
  },
};

const linear: ProbeOfRow = {
  write({ p }, xi, u, start) {
    u.set(xi.subarray(start, start + p.length), start);
  },
  writePullback() {},
};

const probes = { softmax, sigmoid, linear };

export function hostProbe(head: Head, logits: Matrix, xi: Float32Array): HostProbe {
  const { values: z, m: B, n: C } = logits;
  const { write, writePullback } = probes[head];
  const row = new ProbeRow(C);
  const u = new Float32Array(B * C);
  const trace = new Float64Array(B);
  for (let i = 0; i < B; i++) {
    predictRow[head](z, i * C, row);
    trace[i] = traceOfRow[head](row);
    write(row, xi, u, i * C);
  }
  return {
    u: { values: u, m: B, n: C },
    trace,
    pullback(G, dTrace) {
      const grad = new Float32Array(B * C);
      for (let i = 0; i < B; i++) {
        predictRow[head](z, i * C, row);
        writePullback(row, xi, G, dTrace[i]!, grad, i * C);
      }
      return grad;
    },
  };
}
