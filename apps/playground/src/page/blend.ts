import type { Color } from './theme.js';

/** Fills a canvas. Each value says which color covers the paper at its pixel, and how much of it, from 0 to 1. */
export function blend(
  context: CanvasRenderingContext2D,
  values: Float32Array,
  paper: Color,
  coverOf: (value: number) => readonly [color: Color, weight: number],
): HTMLCanvasElement {
  const { canvas } = context;
  const image = context.createImageData(canvas.width, canvas.height);
  for (const [k, value] of values.entries()) {
    const [color, weight] = coverOf(value);
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [paper[channel] as number, color[channel] as number];
      image.data[4 * k + channel] = from + weight * (to - from);
    }
    image.data[4 * k + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
