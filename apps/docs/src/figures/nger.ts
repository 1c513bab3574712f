import { ngerWeights } from '@toploss/nger';
import { chart, curve } from './plot.js';

/** The first task's weight; the other one has an excess of .4. */
const weightOf = (loss: number, floor: number) =>
  ngerWeights([loss, 0.9], [floor, 0.5], [1, 1]).dataSync()[0] as number;

export const ngerFigure = () =>
  chart({
    x: { label: 'loss of the task' },
    y: { label: 'its weight', domain: [0, 1] },
    points: [0, 1, 2].flatMap((floor) =>
      curve(`floor ${floor}`, [0, 4], (loss) => weightOf(loss, floor), 201),
    ),
  });
