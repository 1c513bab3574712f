import * as tf from '@tensorflow/tfjs-core';
import { largestEigenvalueOf } from '../../classification/curvature.js';
import { lossAlongLine, lossOnPlane } from '../../classification/landscape.js';
import {
  accuracyOf,
  calibrationErrorOf,
  crossEntropyOf,
  headTraceOf,
  temperatureScaled,
  traceOf,
} from '../../classification/metrics.js';
import type { Examples } from '../../classification/problem.js';
import type { Setting } from '../../classification/setting.js';
import { type Trained, train } from '../../classification/training.js';
import { TEST_SEEDS } from '../../running/seeds.js';
import type { Measurements } from '../../study.js';

export const tune = ({ task, method }: Setting, seed: number): { criterion: number } =>
  train(task, method, seed, ({ network, sets }) => ({
    criterion: crossEntropyOf(network, sets.validation),
  }));

export function test({ task, method }: Setting, seed: number): Measurements {
  const path = { pathLoss: [] as number[], pathTrace: [] as number[] };
  const stops = stopsOf(task.epochs);
  const follow = (epoch: number, { network, sets: { training } }: Trained) => {
    if (stops.has(epoch)) {
      path.pathLoss.push(crossEntropyOf(network, training));
      path.pathTrace.push(withSome(training, 100, (some) => traceOf(network, some)));
    }
  };
  const measure = ({ network, sets }: Trained): Measurements => {
    const { temperature, crossEntropy: scaledCrossEntropy } = temperatureScaled(network, sets);
    return {
      crossEntropy: crossEntropyOf(network, sets.test),
      scaledCrossEntropy,
      temperature,
      accuracy: accuracyOf(network, sets.test),
      calibration: calibrationErrorOf(network, sets.test),
      trainingCrossEntropy: crossEntropyOf(network, sets.training),
      ...withSome(sets.training, 100, (some) => ({
        trace: traceOf(network, some),
        headTrace: headTraceOf(network, some),
      })),
      // Its cost grows with the square
      eigenvalue: withSome(sets.training, 50, ({ x }) => largestEigenvalueOf(network, x)),
      ...path,
      ...(isDrawn({ task, method }) && landscape(network, sets.training, seed)),
    };
  };
  return train(task, method, seed, measure, follow);
}

/** Curvature is measured on the first of the training examples. */
function withSome<T>({ x, y }: Examples, count: number, f: (some: Examples) => T): T {
  const some = { x: tf.slice(x, 0, count), y: tf.slice(y, 0, count) };
  const found = f(some);
  tf.dispose({ ...some });
  return found;
}

/** Eight epochs from the first to the last, closer to each other at the beginning, where more happens. */
const stopsOf = (epochs: number): Set<number> =>
  new Set(Array.from({ length: 8 }, (_, k) => Math.round(epochs ** (k / 7))));

/** Whether the landscape around the minimum is drawn, for one seed. */
const isDrawn = ({ task, method }: Setting): boolean =>
  task.problem.noise === 0.2 &&
  (method.name === 'plain' ||
    method.name === 'SAM' ||
    (method.name === 'SASP' && method.curvature === 'hessian') ||
    (method.name === 'SASP network' && method.fraction === 1 && method.every === undefined));

const landscape = (network: Trained['network'], training: Examples, seed: number): Measurements =>
  seed === TEST_SEEDS[0]
    ? {
        line: lossAlongLine(network, training, seed),
        plane: lossOnPlane(network, training, seed),
      }
    : { line: [], plane: [] };
