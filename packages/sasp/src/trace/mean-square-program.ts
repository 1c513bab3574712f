import type * as tf from '@tensorflow/tfjs-core';
import { blocksOf, byPrograms, launch } from '@toploss/core/kit';

/** A thread sums so many numbers: longer loops outweigh the launch that they save. */
const LONGEST_SUM = 1024;

/** mean(W∘W) in one program, or in two with a sum for each row. */
export function meanSquareByPrograms(kernel: tf.Tensor): tf.Scalar | undefined {
  const [blocks, rows, columns] = blocksOf(kernel.shape);
  const [sums, size] = [blocks * rows, kernel.size];
  if (size === 0 || (size > LONGEST_SUM && Math.max(columns, sums) > LONGEST_SUM)) {
    return undefined;
  }
  return byPrograms('sasp.meanSquare', () => {
    const parts = size > LONGEST_SUM ? sumsOfRows(kernel) : undefined;
    return parts === undefined
      ? launch<tf.Scalar>({
          inputs: { kernel },
          shape: [],
          entry: `
            float sum = 0.;
            for (int k = 0; k < ${blocks}; k++) {
              for (int r = 0; r < ${rows}; r++) {
                for (int c = 0; c < ${columns}; c++) {
                  float w = kernel(k, r, c);
                  sum += w * w;
                }
              }
            }
            return sum / ${size}.;`,
        })
      : launch<tf.Scalar>({
          inputs: { parts },
          shape: [],
          entry: `
            float sum = 0.;
            for (int k = 0; k < ${blocks}; k++) {
              for (int r = 0; r < ${rows}; r++) {
                sum += parts(0, k, r);
              }
            }
            return sum / ${size}.;`,
        });
  });
}

/** Σ over the columns, of each row of each block. */
function sumsOfRows(kernel: tf.Tensor): tf.Tensor {
  const [blocks, rows, columns] = blocksOf(kernel.shape);
  return launch({
    inputs: { kernel },
    shape: [blocks, rows],
    entry: `
      float sum = 0.;
      for (int c = 0; c < ${columns}; c++) {
        float w = kernel(i, j, c);
        sum += w * w;
      }
      return sum;`,
  });
}
