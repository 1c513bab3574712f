/** One example, [C] each: y is given, the rest is written. */
export interface HostRow {
  readonly y: Float64Array;
  /** The prediction. */
  readonly p: Float64Array;
  /** e = ∂ℓ/∂z */
  readonly e: Float64Array;
  /** ∇_z c, of the curvature that was asked for. */
  readonly dc: Float64Array;
  /** Softmax: the class of the largest logit. */
  likely: number;
  /** 1 − p of that class, the sum of the others: as p → 1 the difference would keep no digit. */
  unlikely: number;
  /** Softmax: log Σ exp z. */
  logSum: number;
}

/** The table of heads.ts for one example. */
interface HostHead {
  /** p and e. */
  predict(z: ArrayLike<number>, row: HostRow): void;
  /** ℓ */
  lossOf(z: ArrayLike<number>, row: HostRow): number;
  /** c, and ∇_z c into the row. */
  readonly curvatures: Readonly<Record<'fisher' | 'hessian', (row: HostRow) => number>>;
}

const softmax: HostHead = {
  predict(z, row) {
    const { y, p, e } = row;
    const C = p.length;
    let likely = 0;
    for (let k = 1; k < C; k++) {
      likely = (z[k] as number) > (z[likely] as number) ? k : likely;
    }
    const largest = z[likely] as number;
    let others = 0;
    for (let k = 0; k < C; k++) {
      const exponential = Math.exp((z[k] as number) - largest);
      p[k] = exponential;
      others += k === likely ? 0 : exponential;
    }
    const total = 1 + others; // exp 0 and the others; NaN if one is
    const scale = (p[likely] as number) / total;
    for (let k = 0; k < C; k++) {
      p[k] = (p[k] as number) * scale;
      e[k] = (p[k] as number) - (y[k] as number);
    }
    const yLikely = y[likely] as number;
    row.likely = likely;
    row.unlikely = others * scale;
    row.logSum = largest + Math.log(total);
    e[likely] = (p[likely] as number) * (1 - yLikely) - row.unlikely * yLikely;
  },
  lossOf(z, { y, likely, unlikely, logSum }) {
    let loss = 0;
    for (let k = 0; k < y.length; k++) {
      if (y[k] !== 0) {
        const logP = k === likely ? Math.log1p(-unlikely) : (z[k] as number) - logSum;
        loss -= (y[k] as number) * logP;
      }
    }
    return loss;
  },
  curvatures: {
    // ‖e‖², 2 p⊙(e − ⟨p,e⟩); for the likely class (1−p) e − Σ of the others
    fisher({ p, e, dc, likely, unlikely }) {
      let [size, others] = [0, 0];
      for (let k = 0; k < p.length; k++) {
        size += (e[k] as number) ** 2;
        others += k === likely ? 0 : (p[k] as number) * (e[k] as number);
      }
      const [pLikely, eLikely] = [p[likely] as number, e[likely] as number];
      const mean = others + pLikely * eLikely;
      for (let k = 0; k < p.length; k++) {
        dc[k] = 2 * (p[k] as number) * ((e[k] as number) - mean);
      }
      dc[likely] = 2 * pLikely * (unlikely * eLikely - others);
      return size;
    },
    // Σ p(1−p), 2 p⊙(1 − p − tr A)
    hessian({ p, dc, likely, unlikely }) {
      let trace = 0;
      for (let k = 0; k < p.length; k++) {
        trace += (p[k] as number) * (k === likely ? unlikely : 1 - (p[k] as number));
      }
      for (let k = 0; k < p.length; k++) {
        dc[k] = 2 * (p[k] as number) * (1 - (p[k] as number) - trace);
      }
      dc[likely] = 2 * (p[likely] as number) * (unlikely - trace);
      return trace;
    },
  },
};

/** s and 1 − s, each from the exponential that does not overflow. */
function sigmoids(z: number): [s: number, r: number] {
  const small = Math.exp(-Math.abs(z));
  const [larger, smaller] = [1 / (1 + small), small / (1 + small)];
  return z >= 0 ? [larger, smaller] : [smaller, larger];
}

const sigmoid: HostHead = {
  predict(z, { y, p, dc, e }) {
    for (let k = 0; k < p.length; k++) {
      const [s, r] = sigmoids(z[k] as number);
      p[k] = s;
      dc[k] = r; // until the curvature takes its place
      e[k] = s * (1 - (y[k] as number)) - r * (y[k] as number);
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
    fisher({ p, e, dc }) {
      for (let k = 0; k < p.length; k++) {
        dc[k] = 2 * (e[k] as number) * (p[k] as number) * (dc[k] as number);
      }
      return squares(e);
    },
    // Σ s(1−s), s(1−s)(1−2s)
    hessian({ p, dc }) {
      let trace = 0;
      for (let k = 0; k < p.length; k++) {
        const [s, r] = [p[k] as number, dc[k] as number];
        trace += s * r;
        dc[k] = s * r * (r - s);
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
