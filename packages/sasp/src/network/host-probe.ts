import type { Head } from '@toploss/core/kit';
import { hostHeads } from '../host/head-loss.js';
import { type HostRow, hostRow } from '../host/row.js';
import type { Matrix } from './matrices.js';

/** `Probe`, in loops over the examples. */
export interface HostProbe {
  readonly u: Matrix;
  /** tr A */
  readonly trace: Float64Array;
  /** ∂L/∂z, from ∂L/∂u and ∂L/∂(tr A). */
  pullback(du: Float32Array, dTrace: ArrayLike<number>): Float32Array;
}

/** Of one example, whose entries are those from `start` on, and whose prediction is in the row. */
interface Way {
  /** u = Rξ */
  write(row: HostRow, xi: Float32Array, u: Float32Array, start: number): void;
  /** Adds ∂L/∂z, from G = ∂L/∂u. */
  addPullback(
    row: HostRow,
    xi: Float32Array,
    G: Float32Array,
    grad: Float32Array,
    start: number,
  ): void;
}

const softmax: Way = {
  // u = r − p Σr with r = √p⊙ξ; of the likely class (1−p) r − p Σ of the others
  write({ p, likely, unlikely }, xi, u, start) {
    let others = 0;
    for (let k = 0; k < p.length; k++) {
      const r = Math.sqrt(p[k]!) * xi[start + k]!;
      u[start + k] = r;
      others += k === likely ? 0 : r;
    }
    const [pLikely, rLikely] = [p[likely]!, u[start + likely]!];
    for (let k = 0; k < p.length; k++) {
      u[start + k]! -= p[k]! * (others + rLikely);
    }
    u[start + likely] = unlikely * rLikely - pLikely * others;
  },
  // w − p Σw with w = ½ r⊙(G − ⟨p,G⟩) − p⊙G Σr. It sums to 0 over the classes, which gives the likely one's entry.
  addPullback({ p, q: w, likely }, xi, G, grad, start) {
    let [mean, t] = [0, 0];
    for (let k = 0; k < p.length; k++) {
      mean += p[k]! * G[start + k]!;
      t += Math.sqrt(p[k]!) * xi[start + k]!;
    }
    let sum = 0;
    for (let k = 0; k < p.length; k++) {
      const [probability, g] = [p[k]!, G[start + k]!];
      const r = Math.sqrt(probability) * xi[start + k]!;
      w[k] = 0.5 * r * (g - mean) - probability * g * t;
      sum += w[k]!;
    }
    let others = 0;
    for (let k = 0; k < p.length; k++) {
      const entry = k === likely ? 0 : w[k]! - p[k]! * sum;
      grad[start + k]! += entry;
      others += entry;
    }
    grad[start + likely]! -= others;
  },
};

const sigmoid: Way = {
  // √(s(1−s)) ξ, whose derivative is ½(1 − 2s) of it
  write({ p, q }, xi, u, start) {
    for (let k = 0; k < p.length; k++) {
      u[start + k] = Math.sqrt(p[k]! * q[k]!) * xi[start + k]!;
    }
  },
  addPullback({ p, q }, xi, G, grad, start) {
    for (let k = 0; k < p.length; k++) {
      const [s, r] = [p[k]!, q[k]!];
      const u = Math.sqrt(s * r) * xi[start + k]!;
      grad[start + k]! += 0.5 * (r - s) * u * G[start + k]!;
    }
  },
};

const linear: Way = {
  write(row, xi, u, start) {
    u.set(xi.subarray(start, start + row.p.length), start);
  },
  addPullback() {},
};

const ways = { softmax, sigmoid, linear };

export function hostProbeOf(head: Head, logits: Matrix, xi: Float32Array): HostProbe {
  const { values: z, m: B, n: C } = logits;
  const { predict, curvatures } = hostHeads[head];
  const { sizeOf, writeGradient } = curvatures.hessian;
  const way = ways[head];
  const row = hostRow(C);
  const u = new Float32Array(B * C);
  const trace = new Float64Array(B);
  for (let i = 0; i < B; i++) {
    predict(z, i * C, row);
    trace[i] = sizeOf(row);
    way.write(row, xi, u, i * C);
  }
  return {
    u: { values: u, m: B, n: C },
    trace,
    pullback(G, dTrace) {
      const grad = new Float32Array(B * C);
      for (let i = 0; i < B; i++) {
        predict(z, i * C, row);
        sizeOf(row);
        writeGradient(row, 0, dTrace[i]!, grad, i * C);
        way.addPullback(row, xi, G, grad, i * C);
      }
      return grad;
    },
  };
}
