import type * as tf from '@tensorflow/tfjs-core';
import { blocksOf, byPrograms, launch, sumsText, type Text } from '@toploss/core/kit';

/** A thread sums so many numbers: longer loops outweigh the launch that they save. */
const LONGEST_SUM = 1024;

/** mean(W∘W) in one program, or in two with a sum for each row. */
export function meanSquareByPrograms(kernel: tf.Tensor): tf.Scalar | undefined {
  const [blocks, rows, columns] = blocksOf(kernel.shape);
  const [sums, size] = [blocks * rows, kernel.size];
  if (size === 0 || (size > LONGEST_SUM && Math.max(columns, sums) > LONGEST_SUM)) {
    return undefined;
  }
  const meanOf = (inputs: Record<string, tf.Tensor>, sum: Text) =>
    launch<tf.Scalar>({ inputs, shape: [], entry: `${sum} return sum / ${size}.;` });
  return byPrograms('sasp.meanSquare', () => {
    if (size <= LONGEST_SUM) {
      return meanOf({ kernel }, squares({ k: blocks, r: rows, c: columns }, 'k, r, c'));
    }
    const entry = `${squares({ c: columns }, 'i, j, c')} return sum;`;
    const parts = launch({ inputs: { kernel }, shape: [blocks, rows], entry });
    return meanOf({ parts }, sumsText({ k: blocks, r: rows }, { sum: 'parts(0, k, r)' }));
  });
}

const squares = (counts: Readonly<Record<string, number>>, entry: Text): Text =>
  sumsText(counts, { sum: 'w * w' }, `float w = kernel(${entry});`);
