import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** A color for each line, seen on white and on black. */
export const COLORS = ['#3b82f6', '#ea580c', '#16a34a', '#a855f7', '#64748b'];

const INK = '#7a8290';

/** One point of one line. */
export interface Point {
  x: number;
  y: number;
  line: string;
}

/** f over so many values of x from `start` to `end`, as a line of that name. */
export function curve(
  line: string,
  [start, end]: readonly [number, number],
  f: (x: number) => number,
  count = 81,
): Point[] {
  return Array.from({ length: count }, (_, k) => start + ((end - start) * k) / (count - 1)).map(
    (x) => ({ x, y: f(x), line }),
  );
}

export interface Chart {
  x: Plot.ScaleOptions;
  y: Plot.ScaleOptions;
  points: readonly Point[];
  /** Lines that are dashed. */
  dashed?: readonly string[];
  /** Below the lines. */
  marks?: Plot.Markish[];
}

/** Lines with a legend, as SVG on no ground: for a light page and for a dark one. */
export function chart({ x, y, points, dashed = [], marks = [] }: Chart): string {
  const page = parseHTML('<!doctype html><html><body></body></html>');
  const names = [...new Set(points.map(({ line }) => line))];
  const [width, height, top] = [640, 360, 24 + 18 * names.length];
  const svg = Plot.plot({
    document: page.document as never,
    width,
    height: height + top,
    marginTop: top + 16,
    marginLeft: 64,
    marginRight: 24,
    marginBottom: 44,
    style: { fontSize: '13px', color: INK, background: 'none' },
    x: { labelAnchor: 'center', labelArrow: 'none', ...x },
    y: { grid: true, labelAnchor: 'center', labelArrow: 'none', ...y },
    marks: [
      ...marks,
      ...names.map((name, k) =>
        Plot.line(
          points.filter(({ line }) => line === name),
          {
            x: 'x',
            y: 'y',
            stroke: COLORS[k % COLORS.length] as string,
            strokeWidth: 2,
            ...(dashed.includes(name) && { strokeDasharray: '5 4' }),
          },
        ),
      ),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('font-family', 'system-ui, sans-serif');
  for (const [k, name] of names.entries()) {
    legend(page, svg, { name, k, isDashed: dashed.includes(name) });
  }
  return `${svg.outerHTML}\n`;
}

/** A row of the legend: a piece of the line and its name. */
function legend(
  { document }: ReturnType<typeof parseHTML>,
  svg: ReturnType<typeof Plot.plot>,
  { name, k, isDashed }: { name: string; k: number; isDashed: boolean },
): void {
  const add = (tag: string, attributes: Record<string, string | number>, text = '') => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [key, value] of Object.entries(attributes)) {
      element.setAttribute(key, String(value));
    }
    element.textContent = text;
    svg.appendChild(element);
  };
  const y = 18 + 18 * k;
  const stroke = COLORS[k % COLORS.length] as string;
  const dash: Record<string, string> = isDashed ? { 'stroke-dasharray': '5 4' } : {};
  add('line', { x1: 64, x2: 92, y1: y, y2: y, stroke, 'stroke-width': 2, ...dash });
  add('text', { x: 100, y: y + 4, fill: INK, 'font-size': 13, 'text-anchor': 'start' }, name);
}
