import { Resvg } from '@resvg/resvg-js';

/** Twice as large as the SVG says, for screens that show two dots for one. */
export function png(svg: string): Uint8Array {
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: 2 }, font: { loadSystemFonts: true } })
    .render()
    .asPng();
}
