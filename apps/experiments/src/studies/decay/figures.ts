import * as Plot from '@observablehq/plot';
import { COLORS, plot, titled } from '../../figures/plot.js';
import type { Figure, StudyResults } from '../../study.js';
import { CONDITIONS, type Condition } from './arms.js';
import { curveOf, type Point } from './curves.js';

const STYLES: Record<string, { color: string; dashed?: boolean }> = {
  L2: { color: COLORS[7] as string },
  AdamW: { color: COLORS[7] as string, dashed: true },
  CWD: { color: COLORS[4] as string, dashed: true },
  'CVP cautious': { color: COLORS[0] as string },
  'CVP expansion': { color: COLORS[1] as string },
  'CVP hard': { color: COLORS[2] as string },
  'CVP raw': { color: COLORS[3] as string },
  'CVP decoupled': { color: COLORS[5] as string, dashed: true },
};

interface Place {
  data: string;
  optimizer: string;
}
type Spot = Place & Point & { arm: string };

const WIDTH = 1200;
const HEIGHT = 620;
const TOP = 78;

/** Accuracy and norm against λ, a panel for each data set and optimizer. */
export function figures(results: StudyResults): Figure[] {
  const spots = CONDITIONS.flatMap((condition) =>
    results
      .filter((entry) => entry.condition === condition.name && entry.arm in STYLES)
      .flatMap((entry) =>
        curveOf(entry).map((point): Spot => ({ ...placeOf(condition), arm: entry.arm, ...point })),
      ),
  );
  const collapses = CONDITIONS.map((condition) => ({
    ...placeOf(condition),
    lambda: condition.collapse,
  }));
  const draw = (measure: 'accuracy' | 'norm', title: string, y: Plot.ScaleOptions) =>
    framed(
      title,
      facets(
        spots.filter(({ lambda }) => lambda > 0),
        spots.filter(({ lambda, arm }) => lambda === 0 && arm === 'L2'),
        collapses,
        measure,
        y,
      ),
    );
  return [
    {
      name: 'decay-accuracy',
      alt: 'Validation accuracy against λ for every kind of decay, on three data sets under Adam and SGD',
      svg: draw('accuracy', 'Validation accuracy against λ', { label: 'accuracy (%)' }),
    },
    {
      name: 'decay-norm',
      alt: 'The norm of the kernels against λ for every kind of decay, on three data sets under Adam and SGD',
      svg: draw('norm', 'Norm of the kernels against λ', {
        type: 'log',
        domain: [0.1, 30],
        clamp: true,
        ticks: [0.1, 1, 10],
        tickFormat: String,
        label: '‖W‖ (below .1: drawn at .1)',
      }),
    },
  ];
}

const placeOf = ({ data, optimizer }: Condition): Place => ({ data, optimizer });

function facets(
  spots: readonly Spot[],
  plain: readonly Spot[],
  collapses: readonly (Place & { lambda: number })[],
  measure: 'accuracy' | 'norm',
  y: Plot.ScaleOptions,
): string {
  return plot({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 56,
    marginRight: 60,
    marginBottom: 44,
    marginTop: 34,
    x: { type: 'log', label: 'λ', ticks: [0.001, 0.01, 0.1, 1, 10, 100], tickFormat: String },
    y: { grid: true, ...y },
    fx: { label: null, domain: [...new Set(CONDITIONS.map(({ data }) => data))] },
    fy: { label: null, domain: ['Adam', 'SGD'] },
    marks: [
      Plot.frame({ stroke: '#ccc' }),
      Plot.ruleX(collapses, { ...FACET, x: 'lambda', stroke: '#444', strokeDasharray: '2,3' }),
      Plot.ruleY(plain, { ...FACET, y: measure, stroke: '#999', strokeWidth: 1.2 }),
      ...curves(spots, measure),
      Plot.dot(spots, { ...FACET, x: 'lambda', y: measure, r: 2.2, fill: colorOf }),
    ],
  });
}

const FACET = { fx: 'data', fy: 'optimizer' };

const colorOf = ({ arm }: Spot) => STYLES[arm]?.color;

/** Those of the penalties are solid, those of decoupled steps dashed. */
const curves = (spots: readonly Spot[], measure: 'accuracy' | 'norm') =>
  [false, true].map((dashed) =>
    Plot.line(
      spots.filter(({ arm }) => Boolean(STYLES[arm]?.dashed) === dashed),
      {
        ...FACET,
        x: 'lambda',
        y: measure,
        z: 'arm',
        stroke: colorOf,
        strokeWidth: 1.8,
        ...(dashed && { strokeDasharray: '5,3' }),
      },
    ),
  );

/** With a title and a legend above. */
function framed(title: string, svg: string): string {
  const entries = [
    ...Object.entries(STYLES).map(([name, style]) => ({ name, ...style })),
    { name: 'plain', color: '#999' },
    { name: 'L2 collapses', color: '#444', dotted: true },
  ];
  const legend = entries.map(({ name, color, ...style }, k) => {
    const dashes = 'dotted' in style ? '2,3' : 'dashed' in style ? '5,3' : 'none';
    const x = 16 + k * 116;
    return [
      `<line x1="${x}" x2="${x + 20}" y1="54" y2="54" stroke="${color}" stroke-width="2" stroke-dasharray="${dashes}"/>`,
      `<text x="${x + 25}" y="58" font-size="12">${name}</text>`,
    ].join('');
  });
  return titled(title, 28, { width: WIDTH, height: HEIGHT + TOP }, [
    ...legend,
    svg.replace('<svg ', `<svg x="0" y="${TOP}" `),
  ]);
}
