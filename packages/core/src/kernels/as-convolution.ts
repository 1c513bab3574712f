import * as tf from '@tensorflow/tfjs-core';
import type { Windows } from './windows.js';

type Padding = [[number, number], [number, number], [number, number], [number, number]];

const around = (rows: [number, number], columns: [number, number]): Padding => [
  [0, 0],
  rows,
  columns,
  [0, 0],
];

/** The padding of x with which a convolution by ∂L/∂y gives ∂L/∂W. */
export function paddingOfX(windows: Windows): Padding {
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, padInfo } = windows;
  const { effectiveFilterHeight, effectiveFilterWidth } = windows;
  const bottom = strideHeight * (outHeight - 1) + effectiveFilterHeight - inHeight - padInfo.top;
  const right = strideWidth * (outWidth - 1) + effectiveFilterWidth - inWidth - padInfo.left;
  return around([padInfo.top, Math.max(0, bottom)], [padInfo.left, Math.max(0, right)]);
}

/** ∂L/∂W without the pixels beyond it, which come from rows and columns of x that the stride leaves out. */
export function cropped(dw: tf.Tensor, { filterHeight, filterWidth }: Windows): tf.Tensor {
  const [, height = 0, width = 0] = dw.shape;
  return height > filterHeight || width > filterWidth
    ? tf.slice(dw, [0, 0, 0, 0], [-1, filterHeight, filterWidth, -1])
    : dw;
}

/**
 * The padding of ∂L/∂y with which a convolution by the turned filter gives ∂L/∂x. `undefined` where there is
 * none: for strides, and where x has more padding than the filter is wide.
 */
export function paddingOfDy(windows: Windows): Padding | undefined {
  const { effectiveFilterHeight, effectiveFilterWidth, strideHeight, strideWidth } = windows;
  const { top, bottom, left, right } = windows.padInfo;
  const [height, width] = [effectiveFilterHeight - 1, effectiveFilterWidth - 1];
  const isWide = Math.max(top, bottom) > height || Math.max(left, right) > width;
  return strideHeight > 1 || strideWidth > 1 || isWide
    ? undefined
    : around([height - top, height - bottom], [width - left, width - right]);
}

/** W[h − 1 − i, w − 1 − j, …]. */
export const turned = (filter: tf.Tensor4D): tf.Tensor4D => tf.reverse(filter, [0, 1]);
