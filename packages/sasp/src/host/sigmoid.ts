import { exponential } from '@toploss/core/kit';
import { type HostHead, squares } from './row.js';

export const sigmoid: HostHead = {
  predict(z, start, { y, p, q, e }) {
    for (let k = 0; k < p.length; k++) {
      if (Number.isNaN(y[k])) {
        p[k] = q[k] = e[k] = 0;
        continue;
      }
      // s and 1 − s, each from the exponential that does not overflow.
      const small = exponential(-Math.abs(z[start + k]!));
      const larger = 1 / (1 + small);
      const smaller = small / (1 + small);
      const s = z[start + k]! >= 0 ? larger : smaller;
      const r = z[start + k]! >= 0 ? smaller : larger;
      p[k] = s;
      q[k] = r;
      e[k] = s * (1 - y[k]!) - r * y[k]!;
    }
  },
  lossOf(z, start, { y }) {
    let loss = 0;
    for (let k = 0; k < y.length; k++) {
      if (Number.isNaN(y[k])) {
        continue;
      }
      const yz = y[k] === 0 ? 0 : y[k]! * z[start + k]!;
      loss += Math.max(z[start + k]!, 0) - yz + Math.log1p(exponential(-Math.abs(z[start + k]!)));
    }
    return loss;
  },
  curvatures: {
    // ‖e‖², 2 e⊙s(1−s)
    fisher: {
      sizeOf: ({ e }) => squares(e),
      writeGradient({ p, q, e }, a, b, into, offset) {
        for (let k = 0; k < p.length; k++) {
          into[offset + k] = e[k]! * (a + 2 * b * p[k]! * q[k]!);
        }
      },
    },
    // Σ s(1−s), s(1−s)(1−2s)
    hessian: {
      sizeOf({ p, q }) {
        let trace = 0;
        for (let k = 0; k < p.length; k++) {
          trace += p[k]! * q[k]!;
        }
        return trace;
      },
      writeGradient({ p, q, e }, a, b, into, offset) {
        for (let k = 0; k < p.length; k++) {
          const s = p[k]!;
          const r = q[k]!;
          into[offset + k] = a * e[k]! + b * s * r * (r - s);
        }
      },
    },
  },
};
