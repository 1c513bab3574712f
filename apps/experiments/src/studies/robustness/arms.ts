import { armsUnder, type Setting } from '../../classification/setting.js';
import { taskOf } from '../../classification/tasks.js';
import type { Task } from '../../classification/training.js';
import type { Arm } from '../../study.js';

/** The data, with the number m of pixels of an image. */
export const CONDITIONS: Record<string, { task: Task; pixels: number }> = {
  digits: { task: taskOf('digits', 0), pixels: 8 ** 2 },
  'digits, 20 % label noise': { task: taskOf('digits', 0.2), pixels: 8 ** 2 },
  MNIST: { task: taskOf('mnist', 0), pixels: 14 ** 2 },
};

export const arms = (): Arm<Setting>[] =>
  Object.entries(CONDITIONS).flatMap(([condition, { task, pixels }]) =>
    armsOf(condition, task, pixels),
  );

const STRENGTHS = [0, 0.1, 0.3, 1, 3, 10, 30];

/** SBMP's α is fixed beforehand, per pixel: about the root mean square of the deviations that are tested. */
export const AMPLITUDE = 0.3;
/** With the part of the batch that is looked at. The first is the one that the claims are about. */
export const SBMP = { SBMP: 1, 'SBMP, quarter batch': 0.25 };
/** R-Drop's rate is fixed beforehand, as in the paper's classifications. */
export const DROPOUT = 0.1;

/**
 * What noise of the size α does to the loss grows with α², and with λ: the grids of λ go up by 3 at every step, those of α
 * by √3, and NEFTune's are √3 times SymNoise's, as uniform noise has that much less of a deviation.
 */
function armsOf(condition: string, task: Task, pixels: number): Arm<Setting>[] {
  const { plain, tuned } = armsUnder<Setting>(condition, (method) => ({ task, method }));
  const alphaOf = (amplitude: number) => amplitude * Math.sqrt(pixels);
  return [
    plain,
    tuned('NEFTune', 'α/√m', [0, 0.15, 0.25, 0.4, 0.7, 1.2, 2], (amplitude) => ({
      name: 'NEFTune',
      alpha: alphaOf(amplitude),
    })),
    tuned('SymNoise', 'α/√m', [0, 0.1, 0.17, 0.3, 0.5, 0.9, 1.5], (amplitude) => ({
      name: 'SymNoise',
      alpha: alphaOf(amplitude),
    })),
    tuned('R-Drop', 'α', STRENGTHS, (alpha) => ({ name: 'R-Drop', alpha, dropout: DROPOUT })),
    ...Object.entries(SBMP).map(([name, fraction]) =>
      tuned(name, 'λ', STRENGTHS, (lambda) => ({
        name: 'SBMP',
        lambda,
        alpha: alphaOf(AMPLITUDE),
        fraction,
      })),
    ),
  ];
}
