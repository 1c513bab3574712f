import { createRequire } from 'node:module';
import { type BBox, type RenderedImage, Resvg } from '@resvg/resvg-js';

/**
 * DejaVu has the Greek letters and signs of the formulas. Without a font, text vanishes silently; with the fonts of the
 * system, the same figure would differ between machines. The condensed cut is about as wide as the fonts that browsers take
 * for `system-ui`.
 */
const FONTS = ['DejaVuSansCondensed', 'DejaVuSansCondensed-Bold'];
const { resolve } = createRequire(import.meta.url); // throws where a file is missing

/** On white, twice as large as the SVG says, for screens that show two dots for one. */
const resvg = (svg: string): Resvg =>
  new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    background: 'white',
    font: {
      loadSystemFonts: false,
      fontFiles: FONTS.map((name) => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)),
    },
  });

export const rendered = (svg: string): RenderedImage => resvg(svg).render();

/** What the visible elements take up, in the SVG's own units. */
export const boxOf = (svg: string): BBox => resvg(svg).getBBox() as BBox;
