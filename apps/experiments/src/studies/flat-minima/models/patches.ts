import * as tf from '@tensorflow/tfjs-core';

const OFFSETS = [-1, 0, 1].flatMap((row) => [-1, 0, 1].map((column) => [row, column] as const));

/**
 * The 3×3 surroundings of every position of square images, or of every second one in each direction, as rows: [B side², C]
 * becomes [B (side / stride)², 9C], with zeros beyond the margins. Times a kernel it is a convolution. wasm has no gradient
 * of a convolution by its kernel, and gathers slowly: a loop over the values does it.
 */
export function patchesOf(side: number, stride: 1 | 2): (x: tf.Tensor) => tf.Tensor2D {
  const centers = Array.from({ length: (side / stride) ** 2 }, (_, k) => {
    const perRow = side / stride;
    return [Math.floor(k / perRow) * stride, (k % perRow) * stride] as const;
  });
  const sources = centers.flatMap(([i, j]) =>
    OFFSETS.map(([row, column]) => {
      const [a, b] = [i + row, j + column];
      return a < 0 || b < 0 || a >= side || b >= side ? OUTSIDE : a * side + b;
    }),
  );
  return tf.customGrad((x) => {
    const [rows, channels] = (x as tf.Tensor).shape as [number, number];
    const batch = rows / side ** 2;
    const of = { sources, positions: side ** 2, batch, channels };
    const patches = new Float32Array(batch * sources.length * channels);
    const values = (x as tf.Tensor).dataSync();
    forEachCopy(of, (from, to) => {
      patches[to] = values[from] as number;
    });
    return {
      value: tf.tensor(patches, [batch * centers.length, 9 * channels]),
      gradFunc: (dy: tf.Tensor) => {
        const gradient = new Float32Array(rows * channels);
        const dPatches = dy.dataSync();
        forEachCopy(of, (from, to) => {
          gradient[from] = (gradient[from] as number) + (dPatches[to] as number);
        });
        return tf.tensor(gradient, [rows, channels]);
      },
    };
  }) as (x: tf.Tensor) => tf.Tensor2D;
}

const OUTSIDE = -1;

interface Copies {
  /** Of the patches of an image, the positions that they copy. */
  sources: readonly number[];
  /** Of an image. */
  positions: number;
  batch: number;
  channels: number;
}

/** From where in the images to where in the patches. */
function forEachCopy(
  { sources, positions, batch, channels }: Copies,
  copy: (from: number, to: number) => void,
): void {
  let to = 0;
  for (let image = 0; image < batch; image++) {
    for (const source of sources) {
      if (source !== OUTSIDE) {
        const from = (image * positions + source) * channels;
        for (let c = 0; c < channels; c++) {
          copy(from + c, to + c);
        }
      }
      to += channels;
    }
  }
}
