import { contours } from 'd3-contour';
import { EXTENT } from '../data/plane.js';
import type { Scene } from '../training/messages.js';
import { blend } from './blend.js';
import type { Surface } from './surface.js';
import { channels, type Theme } from './theme.js';

/** The probability of class 1 over the plane, the line where it is ½, and the training points. */
export function drawPlane(
  { context, width, height }: Surface,
  theme: Theme,
  scene: Scene,
  probabilities: Float32Array,
): void {
  const size = Math.sqrt(probabilities.length);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(shading(probabilities, size, theme), 0, 0, width, height);

  context.strokeStyle = theme.ink;
  context.lineWidth = 1.5;
  context.stroke(boundary(probabilities, size, width / size, height / size));

  const toX = (x: number) => (0.5 + x / (2 * EXTENT)) * width;
  const toY = (y: number) => (0.5 - y / (2 * EXTENT)) * height;
  const radius = Math.max(2, width / 130);
  for (const [k, label] of scene.labels.entries()) {
    const [x, y] = [toX(scene.inputs[2 * k] as number), toY(scene.inputs[2 * k + 1] as number)];
    drawPoint(context, theme, x, y, radius, label, label !== scene.truth[k]);
  }
}

const canvas = document.createElement('canvas');

function shading(probabilities: Float32Array, size: number, theme: Theme): HTMLCanvasElement {
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const [zero, one] = [channels(theme['class-0']), channels(theme['class-1'])];
  // Certainty, from 0 at the boundary to 1.
  return blend(context, probabilities, channels(theme.surface), (p) => [
    p > 0.5 ? one : zero,
    0.55 * Math.abs(2 * p - 1),
  ]);
}

/** Where the prediction changes; the frame of the picture, which closes the contours, is left out. */
function boundary(probabilities: Float32Array, size: number, dx: number, dy: number): Path2D {
  const path = new Path2D();
  const contour = contours().size([size, size]).thresholds([0.5])(
    probabilities as unknown as number[],
  )[0];
  const onFrame = ([x, y]: number[]) =>
    Math.min(x as number, y as number) <= 0.5 || Math.max(x as number, y as number) >= size - 0.5;
  for (const ring of contour?.coordinates.flat() ?? []) {
    let isDrawing = false;
    for (const point of ring) {
      const [x, y] = [(point[0] as number) * dx, (point[1] as number) * dy];
      if (onFrame(point)) {
        isDrawing = false;
      } else if (isDrawing) {
        path.lineTo(x, y);
      } else {
        path.moveTo(x, y);
        isDrawing = true;
      }
    }
  }
  return path;
}

/** Circles are class 0, squares class 1, so that color is not needed; label noise is ringed. */
export function drawPoint(
  context: CanvasRenderingContext2D,
  theme: Theme,
  x: number,
  y: number,
  radius: number,
  label: number,
  isNoise: boolean,
): void {
  context.beginPath();
  if (label === 0) {
    context.arc(x, y, radius, 0, 2 * Math.PI);
  } else {
    const side = 1.75 * radius;
    context.rect(x - side / 2, y - side / 2, side, side);
  }
  context.fillStyle = theme[label === 0 ? 'class-0' : 'class-1'];
  context.fill();
  context.strokeStyle = isNoise ? theme.ink : theme.surface;
  context.lineWidth = isNoise ? 1.75 : 1;
  context.stroke();
}
