import * as tf from '@tensorflow/tfjs-core';

export type Shape = [number, number, number, number];

/** How a convolution or a pool goes over the images, in the attributes of its kernel. */
type Steps = Omit<tf.MaxPoolGradAttrs, 'filterSize'> & {
  dilations?: number | [number, number];
};

/** A filter, or the window of a pool, at all its places. */
export type Windows = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

export const windowsOf = (
  x: Shape,
  filter: Shape,
  { strides, dilations = 1, pad, dimRoundingMode }: Steps,
  isDepthwise = false,
): Windows =>
  tf.backend_util.computeConv2DInfo(
    x,
    filter,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    isDepthwise,
  );

/**
 * Visits every pixel (b, s p + d i, s q + d j) that the window at the place (b, p, q) sees at its offset
 * (i, j), with s the stride and d the dilation, but for those in the padding. They are counted row-major:
 * in NHWC, the channel c of a pixel, a place or an offset is the entry `channels * index + c`.
 */
export function forEachSeen(
  windows: Windows,
  visit: (pixel: number, place: number, offset: number) => void,
): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, padInfo } = windows;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = windows;
  const { filterHeight, filterWidth } = windows;
  let place = 0;
  for (let b = 0; b < batchSize; b++) {
    for (let p = 0; p < outHeight; p++) {
      for (let q = 0; q < outWidth; q++, place++) {
        for (let i = 0; i < filterHeight; i++) {
          const row = strideHeight * p + dilationHeight * i - padInfo.top;
          if (row < 0 || row >= inHeight) {
            continue;
          }
          for (let j = 0; j < filterWidth; j++) {
            const column = strideWidth * q + dilationWidth * j - padInfo.left;
            if (column >= 0 && column < inWidth) {
              visit((b * inHeight + row) * inWidth + column, place, i * filterWidth + j);
            }
          }
        }
      }
    }
  }
}
