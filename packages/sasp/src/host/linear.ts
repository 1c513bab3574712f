import { type HostHead, squares, writeError } from './row.js';

export const linear: HostHead = {
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
