import type { Scene } from '../training/messages.js';
import { blend } from './blend.js';
import type { Surface } from './surface.js';
import { channels, type Theme } from './theme.js';

const SIDE = 8; // pixels of an image, and images in a row

/** Test images; where the predicted class is wrong the image stands out, with that class in its corner. */
export function drawDigits(
  { context, width }: Surface,
  theme: Theme,
  { inputs, truth }: Scene,
  classes: Int32Array,
): void {
  const tile = width / SIDE;
  context.imageSmoothingEnabled = false;
  for (const [k, right] of truth.entries()) {
    const [x, y] = [(k % SIDE) * tile, Math.floor(k / SIDE) * tile];
    const predicted = classes[k] as number;
    const isWrong = predicted !== right;
    const image = imageOf(
      inputs.subarray(64 * k, 64 * k + 64),
      isWrong ? theme['class-1'] : theme.ink,
      theme,
    );
    context.drawImage(image, x + 0.08 * tile, y + 0.08 * tile, 0.84 * tile, 0.84 * tile);
    if (isWrong) {
      context.strokeStyle = theme['class-1'];
      context.lineWidth = 2;
      context.strokeRect(x + 2, y + 2, tile - 4, tile - 4);
      drawLabel(context, theme, String(predicted), x + tile - 3, y + tile - 3, tile);
    }
  }
}

function drawLabel(
  context: CanvasRenderingContext2D,
  theme: Theme,
  text: string,
  right: number,
  bottom: number,
  tile: number,
): void {
  const size = 0.42 * tile;
  context.fillStyle = theme['class-1'];
  context.fillRect(right - 0.8 * size, bottom - size, 0.8 * size, size);
  context.fillStyle = theme.surface;
  context.font = `700 ${0.85 * size}px 'Inter Variable', sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, right - 0.4 * size, bottom - 0.46 * size);
}

const canvas = document.createElement('canvas');
canvas.width = SIDE;
canvas.height = SIDE;

function imageOf(pixels: Float32Array, ink: string, theme: Theme): HTMLCanvasElement {
  const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
  const full = channels(ink);
  return blend(context, pixels, channels(theme.surface), (darkness) => [full, darkness]);
}
