/** One example, all [C]: y is given, the rest is written. */
export interface HostRow {
  readonly y: Float64Array;
  /** The prediction. */
  readonly p: Float64Array;
  /** 1 − p, all of its digits. */
  readonly q: Float64Array;
  /** e = ∂ℓ/∂z */
  readonly e: Float64Array;
  /** ∇_z c, of the curvature that was asked for. */
  readonly dc: Float64Array;
  /** log Σ exp z, of the softmax. */
  logSum: number;
}

/** The table of heads.ts for one example. */
interface HostHead {
  /** p, q and e. */
  predict(z: ArrayLike<number>, row: HostRow): void;
  /** ℓ */
  lossOf(z: ArrayLike<number>, row: HostRow): number;
  /** c, and ∇_z c into the row. */
  readonly curvatures: Readonly<Record<'fisher' | 'hessian', (row: HostRow) => number>>;
}

const softmax: HostHead = {
  predict(z, row) {
    const { y, p, q, e } = row;
    const C = p.length;
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < C; k++) {
      largest = Math.max(largest, z[k] as number);
    }
    let total = 0;
    for (let k = 0; k < C; k++) {
      p[k] = Math.exp((z[k] as number) - largest);
      total += p[k] as number;
    }
    row.logSum = largest + Math.log(total);
    // As p → 1, 1 − p is the sum of the others.
    for (let k = 0; k < C; k++) {
      const likely = (p[k] as number) > 0.5 * total;
      q[k] = likely ? 0 : 1 - (p[k] as number) / total;
      if (likely) {
        for (let j = 0; j < C; j++) {
          q[k] = (q[k] as number) + (j === k ? 0 : (p[j] as number) / total);
        }
      }
    }
    for (let k = 0; k < C; k++) {
      p[k] = (p[k] as number) / total;
      e[k] = (p[k] as number) * (1 - (y[k] as number)) - (q[k] as number) * (y[k] as number);
    }
  },
  lossOf(z, { y, p, q, logSum }) {
    let loss = 0;
    for (let k = 0; k < p.length; k++) {
      if (y[k] !== 0) {
        const isLikely = (p[k] as number) > 0.5;
        const logP = isLikely ? Math.log1p(-(q[k] as number)) : (z[k] as number) - logSum;
        loss -= (y[k] as number) * logP;
      }
    }
    return loss;
  },
  curvatures: {
    // ‖e‖², 2 p⊙(e − ⟨p,e⟩)
    fisher({ p, q, e, dc }) {
      let [size, likely, others] = [0, -1, 0];
      for (let k = 0; k < p.length; k++) {
        size += (e[k] as number) ** 2;
        if ((p[k] as number) > 0.5) {
          likely = k;
        } else {
          others += (p[k] as number) * (e[k] as number);
        }
      }
      const ofLikely = likely < 0 ? 0 : (p[likely] as number) * (e[likely] as number);
      for (let k = 0; k < p.length; k++) {
        const deviation =
          k === likely
            ? (q[k] as number) * (e[k] as number) - others
            : (e[k] as number) - (others + ofLikely);
        dc[k] = 2 * (p[k] as number) * deviation;
      }
      return size;
    },
    // Σ p(1−p), 2 p⊙(1 − p − tr A)
    hessian({ p, q, dc }) {
      let trace = 0;
      for (let k = 0; k < p.length; k++) {
        trace += (p[k] as number) * (q[k] as number);
      }
      for (let k = 0; k < p.length; k++) {
        dc[k] = 2 * (p[k] as number) * ((q[k] as number) - trace);
      }
      return trace;
    },
  },
};

const sigmoid: HostHead = {
  predict(z, { y, p, q, e }) {
    for (let k = 0; k < p.length; k++) {
      // Each from the exponential that does not overflow.
      const small = Math.exp(-Math.abs(z[k] as number));
      const [larger, smaller] = [1 / (1 + small), small / (1 + small)];
      p[k] = (z[k] as number) >= 0 ? larger : smaller;
      q[k] = (z[k] as number) >= 0 ? smaller : larger;
      e[k] = (p[k] as number) * (1 - (y[k] as number)) - (q[k] as number) * (y[k] as number);
    }
  },
  lossOf(z, { y }) {
    let loss = 0;
    for (let k = 0; k < y.length; k++) {
      const yz = y[k] === 0 ? 0 : (y[k] as number) * (z[k] as number);
      loss += Math.max(z[k] as number, 0) - yz + Math.log1p(Math.exp(-Math.abs(z[k] as number)));
    }
    return loss;
  },
  curvatures: {
    // ‖e‖², 2 e⊙s(1−s)
    fisher({ p, q, e, dc }) {
      let size = 0;
      for (let k = 0; k < p.length; k++) {
        size += (e[k] as number) ** 2;
        dc[k] = 2 * (e[k] as number) * (p[k] as number) * (q[k] as number);
      }
      return size;
    },
    // Σ s(1−s), s(1−s)(1−2s)
    hessian({ p, q, dc }) {
      let trace = 0;
      for (let k = 0; k < p.length; k++) {
        const slope = (p[k] as number) * (q[k] as number);
        trace += slope;
        dc[k] = slope * ((q[k] as number) - (p[k] as number));
      }
      return trace;
    },
  },
};

const linear: HostHead = {
  predict(z, { y, e }) {
    for (let k = 0; k < e.length; k++) {
      e[k] = (z[k] as number) - (y[k] as number);
    }
  },
  lossOf: (_, { e }) => squares(e) / 2,
  curvatures: {
    fisher({ e, dc }) {
      for (let k = 0; k < e.length; k++) {
        dc[k] = 2 * (e[k] as number);
      }
      return squares(e);
    },
    hessian({ dc }) {
      dc.fill(0);
      return dc.length;
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
