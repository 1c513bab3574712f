import * as Plot from '@observablehq/plot';
import { panels } from '../../../figures/plot.js';
import { bootstrap } from '../../../statistics/bootstrap.js';
import { mean } from '../../../statistics/mean.js';
import type { Figure, StudyResults } from '../../../study.js';
import { pathsOf, takesPart } from '../equal-loss.js';
import type { Condition } from '../measures.js';
import { chartOf, DRAWN, drawnOf, legend, SIZE } from './drawn.js';

export function traceFigure(results: StudyResults, conditions: readonly Condition[]): Figure {
  const drawn = conditions.map(({ data, name }) => {
    const points = drawnOf(results, name).map(({ arm, test }) => {
      const [trace, loss] = [test.trace as number[], test.crossEntropy as number[]];
      const [x, y] = [bootstrap(trace), bootstrap(loss)];
      return {
        ...{ arm, trace: mean(trace), left: x.low, right: x.high },
        ...{ loss: mean(loss), low: y.low, high: y.high },
      };
    });
    const axes = {
      x: { type: 'log', label: 'trace at the end', ticks: 4, tickFormat: '~g' },
      y: { label: null, grid: true, nice: true },
    } as const;
    return chartOf(data, axes, [
      Plot.ruleY(points, { y: 'loss', x1: 'left', x2: 'right', stroke: 'arm' }),
      Plot.ruleX(points, { x: 'trace', y1: 'low', y2: 'high', stroke: 'arm' }),
      Plot.dot(points, { x: 'trace', y: 'loss', fill: 'arm', r: 4 }),
    ]);
  });
  return {
    name: 'sharpness-trace',
    alt: 'Test cross-entropy over the trace at the end of training, for each data set with 20 % label noise, with 95 % intervals',
    svg: panels('Test cross-entropy over trace, 20 % label noise', [...drawn, legend(DRAWN)], SIZE),
  };
}

export function pathFigure(results: StudyResults, conditions: readonly Condition[]): Figure {
  const drawn = conditions.map(({ data, name }) => {
    const points = drawnOf(results, name)
      .filter(takesPart)
      .flatMap((entry) => {
        const paths = pathsOf(entry);
        const at = (key: 'loss' | 'trace', k: number) =>
          mean(paths.map((one) => one[key][k] as number));
        return (paths[0]?.loss ?? []).map((_, k) => ({
          arm: entry.arm,
          loss: at('loss', k),
          trace: at('trace', k),
        }));
      });
    const axes = {
      x: { type: 'log', reverse: true, label: 'training loss', tickFormat: '~g', ticks: 4 },
      y: { type: 'log', label: null, grid: true, tickFormat: '~g', ticks: 5 },
    } as const;
    return chartOf(data, axes, [
      Plot.line(points, { x: 'loss', y: 'trace', stroke: 'arm' }),
      Plot.dot(points, { x: 'loss', y: 'trace', fill: 'arm', r: 2.5 }),
    ]);
  });
  return {
    name: 'sharpness-path',
    alt: 'The trace over the training loss, from the first epoch to the last, for each data set with 20 % label noise: means over the seeds',
    svg: panels(
      'Trace on the way, over the training loss, 20 % label noise',
      [...drawn, legend(DRAWN.filter((arm) => arm !== 'early stopping'))],
      SIZE,
    ),
  };
}
