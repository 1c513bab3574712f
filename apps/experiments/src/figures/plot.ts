import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeXml } from './escape.js';

/** Okabe and Ito's colors, which the color-blind tell apart. */
export const COLORS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#7f7f7f',
  '#000000',
];

/** What words are written in. */
export const INK = '#1f2937';

/** A plot of Observable Plot as one SVG. Legends must be marks: a figure of HTML is an error. */
export function plot(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    document: document as never,
    style: { fontSize: '12px', fontFamily: 'system-ui, sans-serif', background: 'white' },
    ...options,
  });
  if (svg.tagName.toLowerCase() !== 'svg') {
    throw new Error(`figures: expected an SVG. Received: ${svg.tagName}`);
  }
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return renamed(String(svg), (id) => id);
}

/**
 * Plot numbers its ids by all that it has drawn so far: here they count from 1 in every figure, so that a figure does not
 * depend on the others.
 */
function renamed(svg: string, name: (id: string) => string): string {
  const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id as string);
  const names = new Map(ids.map((id, k) => [id, name(`id-${k + 1}`)]));
  return svg.replace(
    /( id="|url\(#|href="#)([^")]+)/g,
    (_, before: string, id: string) => `${before}${names.get(id) ?? id}`,
  );
}

/** The title of a panel, so many dots above its frame. */
export const heading = (title: string, dy: number, style: Plot.TextOptions = {}) =>
  Plot.text([title], { frameAnchor: 'top', dy, fontWeight: 600, fontSize: 13, ...style });

/** Charts of one size side by side, with a title above. */
export function panels(
  title: string,
  charts: readonly Plot.PlotOptions[],
  { width = 420, height = 320 } = {},
): string {
  const top = 40;
  const placed = charts.map((chart, k) =>
    renamed(plot({ width, height, ...chart }), (id) => `panel-${k + 1}-${id}`).replace(
      '<svg ',
      `<svg x="${k * width}" y="${top}" `,
    ),
  );
  return titled(title, 26, { width: width * charts.length, height: height + top }, placed);
}

/** A white sheet with a title whose line lies at y. */
export const titled = (
  title: string,
  y: number,
  { width, height }: { width: number; height: number },
  parts: readonly string[],
): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" fill="${INK}">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="16" y="${y}" font-size="16" font-weight="600">${escapeXml(title)}</text>`,
    ...parts,
    '</svg>',
  ].join('\n');
