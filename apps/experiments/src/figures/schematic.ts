import type { Figure } from '../study.js';
import { DERIVATIONS, type Derivation } from './derivations.js';
import { escapeXml } from './escape.js';
import { INK } from './plot.js';

/** What is said in a box: a title, and lines of formulas and words. */
interface Box {
  role: keyof typeof ROLES;
  title: string;
  lines: readonly string[];
}

/** Colors of Okabe and Ito, dark enough for white letters. */
const ROLES = { optimizer: '#0072b2', correction: '#00795a', penalty: '#b84f00', loss: '#4b5563' };

const MARGIN = 24;
const GAP = 44;
const HEADER = 36;
const LINE = 26;
const PADDING = 16;

const heightOf = ({ lines }: Box): number => HEADER + 2 * PADDING + LINE * (lines.length - 1) + 8;

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="middle" ${attributes}>${escapeXml(content)}</text>`;
}

/** A box with its title on a colored band; `height` makes those of a row alike. */
function box({ role, title, lines }: Box, x: number, y: number, width: number, height: number) {
  const center = x + width / 2;
  const top = y + HEADER + (height - HEADER - LINE * (lines.length - 1)) / 2 + 5;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="white" stroke="${ROLES[role]}" stroke-width="2"/>`,
    `<path d="M${x},${y + HEADER}V${y + 8}a8,8 0 0 1 8,-8h${width - 16}a8,8 0 0 1 8,8V${y + HEADER}z" fill="${ROLES[role]}"/>`,
    text(center, y + 24, title, 'font-size="17" font-weight="600" fill="white"'),
    ...lines.map((line, k) => text(center, top + LINE * k, line, 'font-size="16"')),
  ].join('\n');
}

const arrow = (x1: number, y1: number, x2: number, y2: number): string =>
  `<path d="M${x1},${y1}L${x2},${y2}" stroke="${INK}" stroke-width="2" fill="none" marker-end="url(#head)"/>`;

/** Boxes from left to right, an arrow between each and the next. */
function row(boxes: readonly Box[], y: number, width: number): { svg: string; bottom: number } {
  const height = Math.max(...boxes.map(heightOf));
  const left = (k: number) => MARGIN + k * (width + GAP);
  return {
    svg: boxes
      .flatMap((entry, k) => [
        box(entry, left(k), y, width, height),
        ...(k === 0 ? [] : [arrow(left(k) - GAP + 4, y + height / 2, left(k) - 6, y + height / 2)]),
      ])
      .join('\n'),
    bottom: y + height,
  };
}

function drawing(title: string, width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" fill="${INK}">`,
    `<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0L10,5L0,10z" fill="${INK}"/></marker></defs>`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${MARGIN}" y="38" font-size="20" font-weight="600">${escapeXml(title)}</text>`,
    ...parts,
    '</svg>',
  ].join('\n');
}

const BOX = 324;
const WIDTH = 2 * MARGIN + 3 * BOX + 2 * GAP;

function derivation({ penalty, trick, update, correction, formula }: Derivation): Figure {
  const { svg, bottom } = row(
    [
      { role: 'optimizer', title: trick, lines: update },
      { role: 'correction', title: 'what it adds to the gradient', lines: correction },
      { role: 'penalty', title: penalty, lines: formula },
    ],
    60,
    BOX,
  );
  return {
    name: `recipe-${penalty.toLowerCase()}`,
    alt: `From ${trick} to ${penalty}`,
    svg: drawing(`From ${trick} to ${penalty}`, WIDTH, bottom + MARGIN, [svg]),
  };
}

/** From an optimizer to a term. */
const STEPS: readonly Box[] = [
  { role: 'optimizer', title: 'Optimizer', lines: ['a trick inside:', 'u = −η(g + c(θ))'] },
  { role: 'correction', title: 'Correction', lines: ['what it adds', 'to the gradient: c(θ)'] },
  {
    role: 'penalty',
    title: 'Penalty',
    lines: ['∇Φ = c; where none is,', 'Φₖ = ⟨sg c(θₖ), θ⟩'],
  },
  { role: 'loss', title: 'Term in the loss', lines: ['L + λΦ, under', 'any tf.Optimizer'] },
];

/** What takes all penalties together. */
const COMPOSITE: Box = {
  role: 'loss',
  title: 'composite',
  lines: [
    'L + λ SASP + λ CVP + λ SBMP + λ DMTA, each with a λ of its own, and NGER instead of L',
    'one loss to differentiate, under any optimizer',
  ],
};

/** Each trick with its penalty, in a row of small boxes, and an arrow from each down to `end`. */
function pairs(y: number, height: number, end: number): string[] {
  const step = (WIDTH - 2 * MARGIN + 16) / DERIVATIONS.length;
  const width = step - 16;
  return DERIVATIONS.flatMap(({ trick, penalty }, k) => {
    const center = MARGIN + k * step + width / 2;
    const style = `font-size="17" font-weight="600" fill="${ROLES.penalty}"`;
    return [
      `<rect x="${center - width / 2}" y="${y}" width="${width}" height="${height}" rx="8" fill="white" stroke="${ROLES.penalty}" stroke-width="2"/>`,
      text(center, y + 23, trick, 'font-size="15"'),
      text(center, y + 45, `→ ${penalty}`, style),
      arrow(center, y + height + 4, center, end - 6),
    ];
  });
}

/** The four steps from an optimizer to a term, the five that went them, and what takes all of them together. */
function overview(): Figure {
  const steps = row(STEPS, 60, (WIDTH - 2 * MARGIN - 3 * GAP) / 4);
  const [top, small] = [steps.bottom + 72, 56];
  const composite = top + small + 56;
  const height = heightOf(COMPOSITE);
  const parts = [
    steps.svg,
    `<text x="${MARGIN}" y="${steps.bottom + 48}" font-size="17" font-weight="600">Five tricks, five penalties, one loss</text>`,
    ...pairs(top, small, composite),
    box(COMPOSITE, MARGIN, composite, WIDTH - 2 * MARGIN, height),
  ];
  const title = 'From a trick in the optimizer to a term in the loss';
  return {
    name: 'recipe',
    alt: 'The recipe: a trick in an optimizer is a correction of the gradient; the penalty with this gradient, or the surrogate, becomes a term in the loss for any optimizer; SASP, CVP, NGER, SBMP and DMTA made so make up the composite',
    svg: drawing(title, WIDTH, composite + height + MARGIN, parts),
  };
}

/** The recipe, and how each of the penalties came of it. */
export const schematics = (): Figure[] => [overview(), ...DERIVATIONS.map(derivation)];
