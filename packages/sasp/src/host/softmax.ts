import { exponential } from '@toploss/core/kit';
import type { HostHead } from './row.js';

export const softmax: HostHead = {
  predict(z, start, row) {
    const { y, p, e } = row;
    const C = p.length;
    let likely = 0;
    let largest = z[start]!;
    for (let k = 1; k < C; k++) {
      const logit = z[start + k]!;
      if (logit > largest) {
        largest = logit;
        likely = k;
      }
    }
    let others = 0;
    for (let k = 0; k < C; k++) {
      const power = exponential(z[start + k]! - largest);
      p[k] = power;
      others += k === likely ? 0 : power;
    }
    const total = 1 + others; // exp 0 and the others
    const scale = p[likely]! / total; // NaN if a logit is
    for (let k = 0; k < C; k++) {
      const probability = p[k]! * scale;
      p[k] = probability;
      e[k] = probability - y[k]!;
    }
    const yLikely = y[likely]!;
    row.likely = likely;
    row.unlikely = others * scale;
    row.largest = largest;
    row.logSum = Math.log1p(others);
    e[likely] = p[likely]! * (1 - yLikely) - row.unlikely * yLikely;
  },
  lossOf(z, start, { y, largest, logSum }) {
    let loss = 0;
    for (let k = 0; k < y.length; k++) {
      if (y[k] !== 0) {
        loss -= y[k]! * (z[start + k]! - largest - logSum);
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
          const error = e[k]!;
          size += error * error;
          others += k === likely ? 0 : p[k]! * error;
        }
        row.sum = others;
        return size;
      },
      writeGradient({ p, e, likely, unlikely, sum: others }, a, b, into, offset) {
        const [pLikely, eLikely] = [p[likely]!, e[likely]!];
        const mean = others + pLikely * eLikely;
        for (let k = 0; k < p.length; k++) {
          const error = e[k]!;
          into[offset + k] = a * error + 2 * b * p[k]! * (error - mean);
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
          const probability = p[k]!;
          trace += k === likely ? probability * unlikely : probability * (1 - probability);
        }
        row.sum = trace;
        return trace;
      },
      writeGradient({ p, e, likely, unlikely, sum: trace }, a, b, into, offset) {
        for (let k = 0; k < p.length; k++) {
          const probability = p[k]!;
          into[offset + k] = a * e[k]! + 2 * b * probability * (1 - probability - trace);
        }
        into[offset + likely] = a * e[likely]! + 2 * b * p[likely]! * (unlikely - trace);
      },
    },
  },
};
