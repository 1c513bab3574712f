import { exponential } from '@toploss/core';

/** One example, [C] each: y is given, the rest is written. */
export interface HostRow {
  readonly y: Float64Array;
  /** The prediction. */
  readonly p: Float64Array;
  /** Sigmoid: 1 − p. */
  readonly q: Float64Array;
  /** e = ∂ℓ/∂z */
  readonly e: Float64Array;
  /** Softmax: the class of the largest logit. */
  likely: number;
  /** 1 − p of that class, the sum of the others: as p → 1 the difference would keep no digit. */
  unlikely: number;
  /** Softmax: log Σ exp z. */
  logSum: number;
  /** What a curvature's gradient takes from its size: of softmax Σ p e over all but the likely class, or tr A. */
  sum: number;
}

/** A curvature of the table of heads.ts, for one example. */
export interface HostCurvature {
  /** c */
  sizeOf(row: HostRow): number;
  /** a e + b ∇_z c, from `offset` on; after `sizeOf`. */
  writeGradient(row: HostRow, a: number, b: number, into: Float32Array, offset: number): void;
}

/** Of the example whose logits are those from `start` on. */
interface HostHead {
  /** p and e. */
  predict(z: ArrayLike<number>, start: number, row: HostRow): void;
  /** ℓ */
  lossOf(z: ArrayLike<number>, start: number, row: HostRow): number;
  readonly curvatures: Readonly<Record<'fisher' | 'hessian', HostCurvature>>;
}

export function hostRow(C: number): HostRow {
  const [y, p, q, e] = [0, 1, 2, 3].map(() => new Float64Array(C)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return { y, p, q, e, likely: 0, unlikely: 0, logSum: 0, sum: 0 };
}

/** Of the loss alone, a e. */
export function writeError({ e }: HostRow, a: number, into: Float32Array, offset: number): void {
  for (let k = 0; k < e.length; k++) {
    into[offset + k] = a * (e[k] as number);
  }
}

const softmax: HostHead = {
  predict(z, start, row) {
    const { y, p, e } = row;
    const C = p.length;
    let likely = 0;
    let largest = z[start] as number;
    for (let k = 1; k < C; k++) {
      const logit = z[start + k] as number;
      if (logit > largest) {
        largest = logit;
        likely = k;
      }
    }
    let others = 0;
    for (let k = 0; k < C; k++) {
      const power = exponential((z[start + k] as number) - largest);
      p[k] = power;
      others += k === likely ? 0 : power;
    }
    const total = 1 + others; // exp 0 and the others
    const scale = (p[likely] as number) / total; // NaN if a logit is
    for (let k = 0; k < C; k++) {
      const probability = (p[k] as number) * scale;
      p[k] = probability;
      e[k] = probability - (y[k] as number);
    }
    const yLikely = y[likely] as number;
    row.likely = likely;
    row.unlikely = others * scale;
    row.logSum = largest + Math.log(total);
    e[likely] = (p[likely] as number) * (1 - yLikely) - row.unlikely * yLikely;
  },
  lossOf(z, start, { y, likely, unlikely, logSum }) {
    let loss = 0;
    for (let k = 0; k < y.length; k++) {
      if (y[k] !== 0) {
        const logP = k === likely ? Math.log1p(-unlikely) : (z[start + k] as number) - logSum;
        loss -= (y[k] as number) * logP;
      }
    }
    return loss;
  },
  curvatures: {
    // ‖e‖², 2 p⊙(e − ⟨p,e⟩); for the likely class (1−p) e − Σ of the others
    fisher: {
      sizeOf(row) {
        const { p, e, likely } = row;
        let size = 0;
        let others = 0;
        for (let k = 0; k < p.length; k++) {
          const error = e[k] as number;
          size += error * error;
          others += k === likely ? 0 : (p[k] as number) * error;
        }
        row.sum = others;
        return size;
      },
      writeGradient({ p, e, likely, unlikely, sum: others }, a, b, into, offset) {
        const [pLikely, eLikely] = [p[likely] as number, e[likely] as number];
        const mean = others + pLikely * eLikely;
        for (let k = 0; k < p.length; k++) {
          const error = e[k] as number;
          into[offset + k] = a * error + 2 * b * (p[k] as number) * (error - mean);
        }
        into[offset + likely] = a * eLikely + 2 * b * pLikely * (unlikely * eLikely - others);
      },
    },
    // Σ p(1−p), 2 p⊙(1 − p − tr A)
    hessian: {
      sizeOf(row) {
        const { p, likely, unlikely } = row;
        let trace = 0;
        for (let k = 0; k < p.length; k++) {
          const probability = p[k] as number;
          trace += k === likely ? probability * unlikely : probability * (1 - probability);
        }
        row.sum = trace;
        return trace;
      },
      writeGradient({ p, e, likely, unlikely, sum: trace }, a, b, into, offset) {
        for (let k = 0; k < p.length; k++) {
          const probability = p[k] as number;
          into[offset + k] = a * (e[k] as number) + 2 * b * probability * (1 - probability - trace);
        }
        into[offset + likely] =
          a * (e[likely] as number) + 2 * b * (p[likely] as number) * (unlikely - trace);
      },
    },
  },
};

const sigmoid: HostHead = {
  predict(z, start, { y, p, q, e }) {
    for (let k = 0; k < p.length; k++) {
      // s and 1 − s, each from the exponential that does not overflow.
      const small = exponential(-Math.abs(z[start + k] as number));
      const larger = 1 / (1 + small);
      const smaller = small / (1 + small);
      const s = (z[start + k] as number) >= 0 ? larger : smaller;
      const r = (z[start + k] as number) >= 0 ? smaller : larger;
      p[k] = s;
      q[k] = r;
      e[k] = s * (1 - (y[k] as number)) - r * (y[k] as number);
    }
  },
  lossOf(z, start, { y }) {
    let loss = 0;
    for (let k = 0; k < y.length; k++) {
      const yz = y[k] === 0 ? 0 : (y[k] as number) * (z[start + k] as number);
      loss +=
        Math.max(z[start + k] as number, 0) -
        yz +
        Math.log1p(exponential(-Math.abs(z[start + k] as number)));
    }
    return loss;
  },
  curvatures: {
    // ‖e‖², 2 e⊙s(1−s)
    fisher: {
      sizeOf: ({ e }) => squares(e),
      writeGradient({ p, q, e }, a, b, into, offset) {
        for (let k = 0; k < p.length; k++) {
          into[offset + k] = (e[k] as number) * (a + 2 * b * (p[k] as number) * (q[k] as number));
        }
      },
    },
    // Σ s(1−s), s(1−s)(1−2s)
    hessian: {
      sizeOf({ p, q }) {
        let trace = 0;
        for (let k = 0; k < p.length; k++) {
          trace += (p[k] as number) * (q[k] as number);
        }
        return trace;
      },
      writeGradient({ p, q, e }, a, b, into, offset) {
        for (let k = 0; k < p.length; k++) {
          const s = p[k] as number;
          const r = q[k] as number;
          into[offset + k] = a * (e[k] as number) + b * s * r * (r - s);
        }
      },
    },
  },
};

const linear: HostHead = {
  predict(z, start, { y, e }) {
    for (let k = 0; k < e.length; k++) {
      e[k] = (z[start + k] as number) - (y[k] as number);
    }
  },
  lossOf: (_z, _start, { e }) => squares(e) / 2,
  curvatures: {
    // ‖e‖², 2 e
    fisher: {
      sizeOf: ({ e }) => squares(e),
      writeGradient: (row, a, b, into, offset) => writeError(row, a + 2 * b, into, offset),
    },
    // C, 0
    hessian: {
      sizeOf: ({ e }) => e.length,
      writeGradient: (row, a, _, into, offset) => writeError(row, a, into, offset),
    },
  },
};

function squares(x: Float64Array): number {
  let total = 0;
  for (let k = 0; k < x.length; k++) {
    total += (x[k] as number) ** 2;
  }
  return total;
}

export const hostHeads = { softmax, sigmoid, linear };
