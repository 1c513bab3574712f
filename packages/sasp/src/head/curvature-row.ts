import { type Head, SoftmaxRow } from '@toploss/core/kit';
import { predictRow, sumOfVariances } from './row.js';

/** One example. The caller writes y, with NaN for missing labels; the head writes the rest. */
export class HeadRow extends SoftmaxRow {
  readonly y = new Float64Array(this.p.length);
  /** e = ∂ℓ/∂z; a softmax computes p − y instead. */
  readonly e = new Float64Array(this.p.length);
}

type Logits = ArrayLike<number>;

/** Writes a e + b ∇_z c from `offset` on, and returns c. */
type WriteCurvature = (
  row: HeadRow,
  a: number,
  b: number,
  into: Float32Array,
  offset: number,
) => number;

/** The table of heads.ts for one example, whose logits begin at `start`. */
interface HeadOfRow {
  /** Writes the fields of the row that the other methods read. */
  predict(z: Logits, start: number, row: HeadRow): void;
  /** ℓ */
  lossOf(z: Logits, start: number, row: HeadRow): number;
  readonly fisher: WriteCurvature;
  readonly hessian: WriteCurvature;
}

const softmax: HeadOfRow = {
  predict: predictRow.softmax,
  lossOf(z, start, { y, largest, logSum }) {
    let loss = 0;
    for (let k = 0; k < y.length; k++) {
      if (y[k] !== 0) {
        loss -= y[k]! * (z[start + k]! - largest - logSum);
      }
    }
    return loss;
  },
  // ‖e‖², 2 p⊙(e − ⟨p,e⟩); for the likely class (1−p) e − Σ of the others
  fisher(row, a, b, into, offset) {
    const { p, q, y, likely } = row;
    const ofLikely = errorOfLikely(row);
    let size = 0;
    let others = 0;
    for (let k = 0; k < p.length; k++) {
      const error = k === likely ? 0 : p[k]! - y[k]!;
      size += error * error;
      others += p[k]! * error;
    }
    const mean = others + p[likely]! * ofLikely;
    for (let k = 0; k < p.length; k++) {
      const error = p[k]! - y[k]!;
      into[offset + k] = a * error + 2 * b * p[k]! * (error - mean);
    }
    into[offset + likely] = a * ofLikely + 2 * b * p[likely]! * (q[likely]! * ofLikely - others);
    return size + ofLikely * ofLikely;
  },
  // Σ p(1−p), 2 p⊙(1 − p − tr A)
  hessian(row, a, b, into, offset) {
    const { p, q, y, likely } = row;
    const trace = sumOfVariances(row);
    for (let k = 0; k < p.length; k++) {
      into[offset + k] = a * (p[k]! - y[k]!) + 2 * b * p[k]! * (q[k]! - trace);
    }
    into[offset + likely] = a * errorOfLikely(row) + 2 * b * p[likely]! * (q[likely]! - trace);
    return trace;
  },
};

/** e = p(1−y) − (1−p)y; p − y would lose all digits as p → 1. */
const errorOfLikely = ({ p, q, y, likely }: HeadRow): number =>
  p[likely]! * (1 - y[likely]!) - q[likely]! * y[likely]!;

const sigmoid: HeadOfRow = {
  predict(z, start, row) {
    predictRow.sigmoid(z, start, row);
    const { p, q, y, e } = row;
    for (let k = 0; k < e.length; k++) {
      if (Number.isNaN(y[k])) {
        p[k] = q[k] = e[k] = 0;
      } else {
        e[k] = p[k]! * (1 - y[k]!) - q[k]! * y[k]!;
      }
    }
  },
  // −y log s − (1−y) log(1−s) = max(z, 0) − yz + log(1 + exp −|z|); the logarithm is −log max(s, 1−s)
  lossOf(z, start, { y, p, q }) {
    let loss = 0;
    for (let k = 0; k < y.length; k++) {
      if (!Number.isNaN(y[k])) {
        const logit = z[start + k]!;
        const yz = y[k] === 0 ? 0 : y[k]! * logit;
        loss += Math.max(logit, 0) - yz - Math.log1p(-Math.min(p[k]!, q[k]!));
      }
    }
    return loss;
  },
  // ‖e‖², 2 e⊙s(1−s)
  fisher({ p, q, e }, a, b, into, offset) {
    for (let k = 0; k < e.length; k++) {
      into[offset + k] = e[k]! * (a + 2 * b * p[k]! * q[k]!);
    }
    return squares(e);
  },
  // Σ s(1−s), s(1−s)(1−2s)
  hessian(row, a, b, into, offset) {
    const { p, q, e } = row;
    for (let k = 0; k < e.length; k++) {
      into[offset + k] = a * e[k]! + b * p[k]! * q[k]! * (q[k]! - p[k]!);
    }
    return sumOfVariances(row);
  },
};

const linear: HeadOfRow = {
  predict(z, start, { y, e }) {
    for (let k = 0; k < e.length; k++) {
      e[k] = Number.isNaN(y[k]) ? 0 : z[start + k]! - y[k]!;
    }
  },
  lossOf: (_z, _start, { e }) => squares(e) / 2,
  // ‖e‖², 2 e
  fisher(row, a, b, into, offset) {
    writeError(row, a + 2 * b, into, offset);
    return squares(row.e);
  },
  // C, or the number of labels; the gradient is 0
  hessian(row, a, _b, into, offset) {
    writeError(row, a, into, offset);
    return row.y.reduce((count, y) => count + (Number.isNaN(y) ? 0 : 1), 0);
  },
};

export const headOfRow: Readonly<Record<Head, HeadOfRow>> = { softmax, sigmoid, linear };

/** a e */
function writeError({ e }: HeadRow, a: number, into: Float32Array, offset: number): void {
  for (let k = 0; k < e.length; k++) {
    into[offset + k] = a * e[k]!;
  }
}

function squares(x: Float64Array): number {
  let total = 0;
  for (let k = 0; k < x.length; k++) {
    total += x[k]! ** 2;
  }
  return total;
}
