import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { panels, plot } from '../src/figures/plot.js';
import { schematics } from '../src/figures/schematic.js';
import { boxOf, rendered } from './rendered.js';

/** A text, and a line that is nothing but its clip path. */
const chart = (text: string): Plot.PlotOptions => ({
  width: 200,
  height: 100,
  axis: null,
  marks: [
    Plot.text([[1, 1]], { text: () => text }),
    Plot.line(
      [0, 2].map((x) => [x, x] as const),
      { clip: true, stroke: 'white' },
    ),
  ],
});

const figure = (text: string) => plot(chart(text));

const parsed = (svg: string) => parseHTML(`<body>${svg}</body>`).document;

/** Number of dark pixels within a part of the figure, in its own units. */
function ink(
  svg: string,
  [left, top, right, bottom]: readonly [number, number, number, number],
): number {
  const { pixels, width } = rendered(svg);
  let dark = 0;
  for (let y = 2 * top; y < 2 * bottom; y++) {
    for (let x = 2 * left; x < 2 * right; x++) {
      dark += Number((pixels[4 * (y * width + x)] as number) < 128);
    }
  }
  return dark;
}

test.each([...'aZ0−∇Φ=λ⊙θ‖ᵀ⟨⟩∫₀¹ρ≤∞·ηℓ½²→ξκΔ√∈ĝ'])(
  '%s is drawn without fonts of the system',
  (sign) => {
    const whole = [0, 0, 200, 100] as const;
    const unknown = rendered(figure('漢')).pixels; // nothing, or a box
    expect(ink(figure(sign), whole)).toBeGreaterThan(0);
    expect(rendered(figure(sign)).pixels.equals(unknown)).toBe(false);
    expect(ink(figure(' '), whole)).toBe(0);
  },
);

test('the title of panels is where it should be, and is escaped', () => {
  const title = 'a < b & c > "d"';
  const svg = panels(title, [chart('one'), chart('two')], { width: 200, height: 100 });
  expect(ink(svg, [0, 8, 400, 32])).toBeGreaterThan(100);
  expect(parsed(svg).querySelector('text')?.textContent).toBe(title);
  expect(svg).toContain('a &lt; b &amp; c &gt; &quot;d&quot;');
  expect(parsed(figure(title)).querySelector('text')?.textContent).toBe(title);
});

test('a figure does not depend on those before it', () => {
  const first = figure('one');
  figure('another');
  expect(figure('one')).toBe(first);
});

test('plots in one figure have ids of their own, and refer to these', () => {
  const svg = panels('two', [chart('one'), chart('two')], { width: 200, height: 100 });
  const ids = [...parsed(svg).querySelectorAll('[id]')].map(({ id }) => id);
  const references = [...svg.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
  expect(references).toEqual(ids);
});

test('a figure of HTML is an error', () => {
  expect(() => plot({ title: 'of HTML', marks: [] })).toThrow('expected an SVG. Received: FIGURE');
});

/** Left, right, top and bottom of what is drawn of an element. */
function extent(svg: string, element: { outerHTML: string }) {
  const alone = parsed(svg);
  const root = alone.querySelector('svg') as unknown as { innerHTML: string; outerHTML: string };
  root.innerHTML = element.outerHTML;
  const { x, y, width, height } = boxOf(root.outerHTML);
  return { left: x, right: x + width, top: y, bottom: y + height };
}

describe.each(schematics().map((figure) => [figure.name, figure] as const))(
  '%s',
  (_, { svg, alt }) => {
    const document = parsed(svg);
    const texts = [...document.querySelectorAll('text')];
    const boxes = [...document.querySelectorAll('rect[stroke]')].map((rect) => {
      const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) =>
        Number(rect.getAttribute(name)),
      ) as [number, number, number, number];
      return { left: x, right: x + width, top: y, bottom: y + height };
    });
    const extents = texts.map((element) => extent(svg, element));

    test('every text lies in its box, or above all of them, with room beside it', () => {
      const size = document.querySelector('svg')?.getAttribute('viewBox')?.split(' ').map(Number);
      const whole = { left: 0, top: 0, right: size?.[2] as number, bottom: size?.[3] as number };
      for (const text of extents) {
        const box = boxes.find(({ top, bottom, left, right }) => {
          const [x, y] = [(text.left + text.right) / 2, (text.top + text.bottom) / 2];
          return left < x && x < right && top < y && y < bottom;
        });
        const { left, right, top, bottom } = box ?? whole;
        expect(text.left).toBeGreaterThan(left + 6);
        expect(text.right).toBeLessThan(right - 6);
        expect(text.top).toBeGreaterThan(top);
        expect(text.bottom).toBeLessThan(bottom);
      }
    });

    test('no two texts overlap', () => {
      for (const [k, a] of extents.entries()) {
        for (const b of extents.slice(k + 1)) {
          const apart =
            a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
          expect(apart).toBe(true);
        }
      }
    });

    test('it has a white ground, ink and words for it', () => {
      expect(document.querySelector('rect')?.getAttribute('fill')).toBe('white');
      expect(ink(svg, [24, 16, 300, 44])).toBeGreaterThan(100);
      expect(alt.length).toBeGreaterThan(10);
    });
  },
);
