import { type HostHead, squares, writeError } from './row.js';

export const linear: HostHead = {
  predict(z, start, { y, e }) {
    for (let k = 0; k < e.length; k++) {
      const error = z[start + k]! - y[k]!;
      e[k] = Number.isNaN(y[k]) ? 0 : error;
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
      sizeOf: ({ y }) => countPresent(y),
      writeGradient: (row, a, _, into, offset) => writeError(row, a, into, offset),
    },
  },
};

/** How many labels are there, C if none is missing. */
function countPresent(y: Float64Array): number {
  let count = 0;
  for (let k = 0; k < y.length; k++) {
    count += Number.isNaN(y[k]) ? 0 : 1;
  }
  return count;
}
