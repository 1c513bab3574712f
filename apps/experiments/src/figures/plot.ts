import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

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
  return String(svg);
}

/** Panels side by side, with a title above. */
export function panels(
  title: string,
  svgs: readonly string[],
  { width = 420, height = 320 } = {},
): string {
  const top = 40;
  const placed = svgs.map((svg, k) => svg.replace('<svg ', `<svg x="${k * width}" y="${top}" `));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * svgs.length} ${height + top}" width="${width * svgs.length}" height="${height + top}" font-family="system-ui, sans-serif" fill="#1f2937">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="16" y="26" font-size="16" font-weight="600">${title}</text>`,
    ...placed,
    '</svg>',
  ].join('\n');
}
