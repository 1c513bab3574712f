import type { Measurements, Study } from '../../study.js';
import { arms, type Setting } from './arms.js';
import { RECORDS, recordedSteps } from './conditions.js';
import { accuracyOf, crossEntropyOf } from './distribution.js';
import { report } from './report.js';
import type { Task, Tasks } from './task.js';
import { train } from './training.js';

const LETTERS = ['A', 'B'];

/**
 * Trains, and measures each task on its validation or test data: `lossA`, the cross-entropy less the entropy, at the end;
 * `accuracyA`; `stepsA`, the losses over the steps; of a second task the same with B.
 */
function measured(
  { problem, method }: Setting,
  seed: number,
  set: 'validation' | 'test',
): Measurements & { mean: number } {
  const recorded = new Set(recordedSteps(problem.steps));
  const series: number[][] = problem.steps.map(() => []);
  const lossOf = ({ learner }: Tasks, task: Task) =>
    crossEntropyOf(learner.logits, task[set]) - task.entropy;
  return train(
    problem,
    method,
    seed,
    (trained) => {
      const losses = series.map((records) => records.at(-1) as number);
      const ofTasks = trained.tasks.map((task, k) => ({
        [`loss${LETTERS[k]}`]: losses[k] as number,
        [`accuracy${LETTERS[k]}`]: accuracyOf(trained.learner.logits, task[set]),
        [`steps${LETTERS[k]}`]: series[k] as number[],
      }));
      const mean = losses.reduce((a, b) => a + b) / losses.length;
      return Object.assign({ mean }, ...ofTasks);
    },
    (step, trained) => {
      if (recorded.has(step)) {
        for (const [k, task] of trained.tasks.entries()) {
          series[k]?.push(lossOf(trained, task));
        }
      }
    },
  );
}

export const alignment: Study<Setting> = {
  name: 'alignment',
  title: 'Alignment: a slow average of the gradients',
  arms,
  quick: ({ problem, method }) => ({
    problem: { ...problem, steps: problem.steps.map(() => RECORDS) },
    method,
  }),
  tune: (setting, seed) => {
    const { mean, ...others } = measured(setting, seed, 'validation');
    return { criterion: mean, ...others };
  },
  test: (setting, seed) => measured(setting, seed, 'test'),
  report,
};
