import * as Plot from '@observablehq/plot';
import { COLORS } from '../../../figures/plot.js';
import type { StudyResults } from '../../../study.js';
import { ADAM, ADEMAMIX, ADEMAMIX_ON, BETA1, COSINE, LINEAR, LINEAR_ON } from '../arms.js';
import type { Condition } from '../conditions.js';

const ARMS: string[] = [LINEAR, ADEMAMIX, COSINE, BETA1, LINEAR_ON, ADEMAMIX_ON, ADAM];
export const colorOf = (arm: string) => (arm === ADAM ? '#000000' : COLORS[ARMS.indexOf(arm)]);
/** Adam's line is dashed: what is left off lies under it. */
const dash = (arm: string) => (arm === ADAM ? '5,3' : 'none');

export const FRAME = { marginLeft: 52, marginTop: 28, marginBottom: 40 };

export const armsOf = (results: StudyResults, condition: Condition): StudyResults =>
  results
    .filter((arm) => arm.condition === condition)
    .sort((a, b) => ARMS.indexOf(a.arm) - ARMS.indexOf(b.arm));

/** A scale of which 1, 2 and 5 have ticks. */
export function logarithmic(lows: readonly number[], highs: readonly number[]) {
  const domain: [number, number] = [Math.min(...lows), Math.max(...highs)];
  const ticks = [0.001, 0.01, 0.1, 1, 10, 100]
    .flatMap((power) => [power, 2 * power, 5 * power])
    .filter((tick) => domain[0] <= tick && tick <= domain[1]);
  return {
    type: 'log',
    domain,
    ticks,
    tickFormat: (tick: number) => `${Number(tick.toPrecision(1))}`,
  } as const;
}

export const strokeOf = (arm: string) => ({
  stroke: colorOf(arm) as string,
  strokeWidth: 2,
  strokeDasharray: dash(arm),
});

export const namesOf = (data: readonly { arm: string }[]): string[] => [
  ...new Set(data.map(({ arm }) => arm)),
];

export function legendOf(arms: readonly string[], place: Plot.TextOptions) {
  return arms.map((arm, k) =>
    Plot.text([arm], { ...place, dy: 8 + 15 * k, fill: colorOf(arm) as string, fontWeight: 600 }),
  );
}

export const capitalized = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`;

/** For a file. */
export const nameOf = (condition: Condition) =>
  condition.replace(/[^a-z0-9]+/gi, '-').replace(/^a-/, '');
