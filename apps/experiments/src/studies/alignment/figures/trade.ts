import * as Plot from '@observablehq/plot';
import { panels } from '../../../figures/plot.js';
import { mean } from '../../../statistics/mean.js';
import type { Figure, StudyResults } from '../../../study.js';
import { ADAM, LINEAR } from '../arms.js';
import type { Condition } from '../conditions.js';
import { armsOf, colorOf, FRAME, legendOf, logarithmic, namesOf } from './style.js';

/** The width of the legend, beside the frame. */
const LEGEND = 140;

/** Every candidate's losses on A and B at the end of tuning: what a knob trades. */
export function tradeFigure(results: StudyResults, conditions: readonly Condition[]): Figure {
  const title = 'What the knobs trade: loss on B and on A at the end';
  return {
    name: 'alignment-trade',
    alt: `${title}, of every candidate, on validation data`,
    svg: panels(
      title,
      conditions.map((condition) => trade(armsOf(results, condition), condition)),
      { width: 420 + LEGEND },
    ),
  };
}

interface Candidate {
  arm: string;
  value: string;
  a: number;
  b: number;
}

/** What is nearer to Adam, in both losses together and as a fraction, has no label. */
const NEAR = 0.12;

function trade(arms: StudyResults, condition: string): Plot.PlotOptions {
  const candidates = arms.flatMap(({ arm, tuning }) =>
    tuning.map(
      ({ label, measured }): Candidate => ({
        arm,
        value: label.replace(/.* = /, ''),
        a: mean(measured.lossA as number[]),
        b: mean(measured.lossB as number[]),
      }),
    ),
  );
  const adam = candidates.filter(({ arm, value }) => arm === LINEAR && value === '0');
  const far = candidates.filter(({ a, b }) =>
    adam.some((off) => Math.abs(Math.log(a / off.a)) + Math.abs(Math.log(b / off.b)) > NEAR),
  );
  const losses = candidates.map(({ a }) => a);
  const color = ({ arm }: Candidate) => colorOf(arm);
  return {
    ...FRAME,
    marginRight: LEGEND,
    x: { label: 'loss on B (nats) →', labelAnchor: 'center' },
    y: { label: `↑ loss on A (nats), ${condition}`, grid: true, ...logarithmic(losses, losses) },
    marks: [
      Plot.line(candidates, { x: 'b', y: 'a', z: 'arm', stroke: color, marker: 'dot' }),
      Plot.text(far, { x: 'b', y: 'a', text: 'value', fill: color, dy: -9, fontSize: 10 }),
      Plot.dot(adam, { x: 'b', y: 'a', r: 5, fill: colorOf(ADAM) as string }),
      ...legendOf([...namesOf(candidates), ADAM], {
        frameAnchor: 'top-right',
        textAnchor: 'start',
        dx: 20,
      }),
    ],
  };
}
