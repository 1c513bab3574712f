import type { Problem } from '../../classification/problem.js';
import { armsUnder, type Setting } from '../../classification/setting.js';
import { taskOf } from '../../classification/tasks.js';
import type { Task } from '../../classification/training.js';
import { knob } from '../../knob.js';
import type { Arm } from '../../study.js';

export const DATA = ['mixture', 'digits', 'breast cancer'] as const satisfies Problem['data'][];
/** Fractions of label noise. */
export const NOISE = [0, 0.1, 0.2, 0.4] as const;

export const conditionOf = (data: Problem['data'], noise: number): string =>
  `${data}, ${100 * noise} % label noise`;

export const arms = (): Arm<Setting>[] =>
  DATA.flatMap((data) =>
    NOISE.flatMap((noise) => armsOf(conditionOf(data, noise), taskOf(data, noise))),
  );

function armsOf(condition: string, task: Task): Arm<Setting>[] {
  const { plain, tuned } = armsUnder<Setting>(condition, (method) => ({ task, method }));
  return [
    plain,
    earlyStopping(condition, task),
    ...peers(tuned, task),
    ...(['fisher', 'hessian'] as const).map((curvature) =>
      tuned(`SASP ${curvature}`, 'λ', [0, 0.01, 0.03, 0.1, 0.3, 1, 3], (lambda) => ({
        name: 'SASP',
        curvature,
        lambda,
      })),
    ),
    ...Object.entries(NETWORK).map(([name, options]) =>
      tuned(name, 'λ', [0, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4], (lambda) => ({
        name: 'SASP network',
        lambda,
        ...options,
      })),
    ),
  ];
}

/** Both ends are ends: less than an epoch is nothing, and with all of them it is the plain arm. */
const earlyStopping = (condition: string, task: Task): Arm<Setting> => ({
  condition,
  name: 'early stopping',
  candidates: knob('epochs', [1, 3, 5, 8, 12, 20, task.epochs], (epochs) => ({
    task: { ...task, epochs },
    method: { name: 'plain' } as const,
  })).candidates,
});

/** What SASP is compared with. */
const peers = (
  tuned: ReturnType<typeof armsUnder<Setting>>['tuned'],
  { problem, batch }: Task,
): Arm<Setting>[] => [
  tuned(
    'label smoothing',
    'ε',
    [0, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4],
    (epsilon) => ({ name: 'label smoothing', epsilon }),
    { max: 0.9 },
  ),
  tuned(
    'CE + Brier',
    'λ',
    [0, 1, 3, 10, 30, 100, 300],
    (lambda) => ({ name: 'CE + Brier', lambda }),
    { max: 1000 }, // there the Brier score is all there is
  ),
  tuned('CE + ‖h‖²', 'λ', [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3], (lambda) => ({
    name: 'CE + ‖h‖²',
    lambda,
  })),
  tuned('L2', 'λ', [0, 0.001, 0.0025, 0.006, 0.015, 0.04, 0.1], (lambda) => ({
    name: 'L2',
    lambda,
  })),
  tuned('SAM', 'ρ', [0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6], (rho) => ({ name: 'SAM', rho })),
  tuned('XSAM', 'ρ', [0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6], (rho) => ({
    name: 'XSAM',
    rho,
    every: Math.ceil(problem.training / batch), // steps of an epoch
  })),
];

/** The first of them was declared to be the one that the claims are about, before the runs. */
export const NETWORK = {
  'SASP network, full batch': { fraction: 1 },
  'SASP network, quarter batch': { fraction: 0.25 },
  'SASP network, every 4th step': { fraction: 1, every: 4 },
};
