import * as tf from '@tensorflow/tfjs-core';
import { hostView } from '../kit/loop.js';

/**
 * The sums of the rows of x by their segments, the gradient of `tf.gather` and so of embeddings:
 *
 *     y[s] = Σ x[n] over the rows n in the segment s
 *
 * A row in no segment from 0 to S − 1 is left out, as by `tf.unsortedSegmentSum` on cpu.
 */
export function unsortedSegmentSum(
  { x, segmentIds }: { x: tf.Tensor; segmentIds: tf.Tensor1D },
  { numSegments }: tf.UnsortedSegmentSumAttrs,
): tf.Tensor {
  const [rows = 0, ...rowShape] = x.shape;
  if (segmentIds.size !== rows) {
    throw new Error(
      `core: expected segmentIds to have one entry for each of the ${rows} rows of x. Received: ${segmentIds.size}.`,
    );
  }
  const width = tf.util.sizeFromShape(rowShape);
  const values = hostView(x) as Float32Array | Int32Array;
  const ids = hostView(segmentIds) as Int32Array;
  const size = numSegments * width;
  const sums = x.dtype === 'float32' ? new Float32Array(size) : new Int32Array(size);
  for (let n = 0; n < rows; n++) {
    const segment = ids[n]!;
    if (segment >= 0 && segment < numSegments) {
      for (let k = 0; k < width; k++) {
        const sum = segment * width + k;
        sums[sum]! += values[n * width + k]!;
      }
    }
  }
  return tf.tensor(sums, [numSegments, ...rowShape]);
}
