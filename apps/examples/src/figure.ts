import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { mean } from './mean.js';

/** One measurement of one network. */
export interface Point {
  arm: string;
  seed: number;
  epoch: number;
  accuracy: number;
  crossEntropy: number;
}

const WIDTH = 460;
const HEIGHT = 340;
const TOP = 56;
const COLORS = ['#c2410c', '#a8a29e', '#0f766e', '#1d4ed8', '#7dd3fc'];

/** Two panels over the epochs: a thin line per seed and a thick one, labeled, for their mean. */
export function figure(title: string, subtitle: string, points: readonly Point[]): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const panels = [
    panel(document, points, 'accuracy', 'Test accuracy (%)', 100),
    panel(document, points, 'crossEntropy', 'Test cross-entropy (nats)', 1),
  ];
  for (const [k, svg] of panels.entries()) {
    svg.setAttribute('x', String(k * WIDTH));
    svg.setAttribute('y', String(TOP));
  }
  const [width, height] = [panels.length * WIDTH, HEIGHT + TOP];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" fill="#1f2937">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="20" y="28" font-size="17" font-weight="600">${title}</text>`,
    `<text x="20" y="48" font-size="12" fill="#6b7280">${subtitle}</text>`,
    ...panels.map(String),
    '</svg>\n',
  ].join('\n');
}

function panel(
  document: object,
  points: readonly Point[],
  measure: 'accuracy' | 'crossEntropy',
  label: string,
  scale: number,
) {
  const arms = [...new Set(points.map(({ arm }) => arm))];
  const lastEpoch = Math.max(...points.map(({ epoch }) => epoch));
  const color = (arm: string) => COLORS[arms.indexOf(arm)];
  const x = 'epoch';
  const y = (point: Point) => scale * point[measure];
  const meanByArm = { x, y, z: 'arm', stroke: ({ arm }: Point) => color(arm) };
  return Plot.plot({
    document: document as never,
    className: `plot-${measure}`,
    width: WIDTH,
    height: HEIGHT,
    marginTop: 36,
    marginRight: 108,
    marginLeft: 48,
    marginBottom: 40,
    style: { fontSize: '12px' },
    x: { label: 'Epoch →', labelAnchor: 'center', domain: [0, lastEpoch] },
    y: { label: `↑ ${label}`, grid: true, nice: true },
    marks: [
      Plot.line(points, {
        x,
        y,
        z: ({ arm, seed }: Point) => `${arm} ${seed}`,
        stroke: ({ arm }: Point) => color(arm),
        strokeWidth: 0.75,
        strokeOpacity: 0.4,
      }),
      Plot.line(points, Plot.groupX({ y: 'mean' }, { ...meanByArm, strokeWidth: 2.5 })),
      Plot.text(labelsOf(points, lastEpoch, y), {
        x: lastEpoch,
        y: 'y',
        fill: ({ arm }: Label) => color(arm),
        text: 'arm',
        textAnchor: 'start',
        fontWeight: 600,
        dx: 8,
      }),
    ],
  });
}

interface Label {
  arm: string;
  y: number;
}

/** Where the means end, from the top down, with room for a line of text between two. */
function labelsOf(points: readonly Point[], epoch: number, y: (point: Point) => number): Label[] {
  const values = points.map(y);
  const room = (Math.max(...values) - Math.min(...values)) / 18;
  const arms = [...new Set(points.map(({ arm }) => arm))];
  const ends = arms.map((arm) => ({
    arm,
    y: mean(points.filter((point) => point.arm === arm && point.epoch === epoch).map(y)),
  }));
  ends.sort((a, b) => b.y - a.y);
  for (const [k, label] of ends.entries()) {
    label.y = Math.min(label.y, (ends[k - 1]?.y ?? Number.POSITIVE_INFINITY) - room);
  }
  return ends;
}
