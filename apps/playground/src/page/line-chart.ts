import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import type { Surface } from './surface.js';
import type { Theme } from './theme.js';

export type Point = readonly [x: number, y: number];

export interface Line {
  readonly points: readonly Point[];
  readonly color: 'plain' | 'penalized';
  readonly isDashed?: boolean;
  readonly isFaint?: boolean;
}

export interface Axes {
  readonly x: readonly [from: number, to: number];
  /** Where it is left out, as far as the lines go. */
  readonly y?: readonly [from: number, to: number];
  readonly isLog?: boolean;
  readonly formatX?: (x: number) => string;
  readonly formatY?: (y: number) => string;
}

const MARGIN = { left: 40, right: 10, top: 8, bottom: 22 };

export function drawLines(
  surface: Surface,
  theme: Theme,
  lines: readonly Line[],
  axes: Axes,
): void {
  const { context, width, height } = surface;
  const x = scaleLinear(axes.x, [MARGIN.left, width - MARGIN.right]);
  const y = scaleOf(lines, axes).range([height - MARGIN.bottom, MARGIN.top]);
  drawAxes(surface, theme, x, y, axes);

  context.save();
  context.beginPath();
  context.rect(MARGIN.left, 0, width - MARGIN.left, height - MARGIN.bottom + 1);
  context.clip();
  context.lineJoin = 'round';
  for (const { points, color, isDashed, isFaint } of lines) {
    context.beginPath();
    for (const [px, py] of points) {
      if (Number.isFinite(py) && !(axes.isLog && py <= 0)) {
        context.lineTo(x(px), y(py));
      }
    }
    context.setLineDash(isDashed ? [2, 3] : []);
    context.strokeStyle = theme[color];
    context.lineWidth = isDashed || isFaint ? 1.25 : 2;
    context.globalAlpha = isFaint ? 0.4 : 1;
    context.stroke();
  }
  context.restore();
}

function scaleOf(
  lines: readonly Line[],
  { y, isLog = false }: Axes,
): ScaleContinuousNumeric<number, number> {
  if (y !== undefined) {
    return scaleLinear(y, [0, 1]);
  }
  const values = lines
    .flatMap(({ points }) => points.map(([, value]) => value))
    .filter((value) => Number.isFinite(value) && !(isLog && value <= 0));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (values.length === 0) {
    return scaleLinear([0, 1], [0, 1]);
  }
  return isLog
    ? scaleLog([low / 1.2, high * 1.2], [0, 1])
    : scaleLinear([Math.min(0, low), high > low ? high : low + 1], [0, 1]).nice(4);
}

function drawAxes(
  { context, width, height }: Surface,
  theme: Theme,
  x: ScaleContinuousNumeric<number, number>,
  y: ScaleContinuousNumeric<number, number>,
  { formatX = String, formatY }: Axes,
): void {
  context.font = "11px 'Inter Variable', sans-serif";
  context.fillStyle = theme.muted;
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.setLineDash([]);

  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const format = formatY ?? y.tickFormat(4, '~g');
  for (const tick of y.ticks(4)) {
    const label = format(tick);
    const at = Math.round(y(tick)) + 0.5;
    if (label !== '') {
      context.beginPath();
      context.moveTo(MARGIN.left, at);
      context.lineTo(width - MARGIN.right, at);
      context.stroke();
      context.fillText(label, MARGIN.left - 6, at);
    }
  }
  context.textBaseline = 'alphabetic';
  for (const tick of x.ticks(4)) {
    context.textAlign = tick === x.domain().at(-1) ? 'right' : 'center';
    context.fillText(formatX(tick), x(tick) + (context.textAlign === 'right' ? 4 : 0), height - 6);
  }
}
