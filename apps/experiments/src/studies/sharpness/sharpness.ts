import type { Method } from '../../classification/methods.js';
import {
  accuracyOf,
  crossEntropyOf,
  temperatureScaled,
  traceOf,
} from '../../classification/metrics.js';
import { type Task, train } from '../../classification/training.js';
import { fixed, knob } from '../../knob.js';
import { compare, comparisonTable, lossesOf } from '../../report/comparison.js';
import type { Arm, Study } from '../../study.js';

interface Setting {
  task: Task;
  method: Method;
}

const CONDITIONS: Record<string, Task> = {
  'mixture, 20 % wrong labels': {
    problem: { data: 'mixture', training: 300, noise: 0.2 },
    widths: [64, 64],
    activation: 'relu',
    optimizer: { name: 'adam', rate: 5e-3 },
    batch: 50,
    epochs: 50,
  },
};

function arms(): Arm<Setting>[] {
  return Object.entries(CONDITIONS).flatMap(([condition, task]) => {
    const plain: Setting = { task, method: { name: 'plain' } };
    const or = (value: number, method: Method): Setting => (value === 0 ? plain : { task, method });
    return [
      { condition, name: 'plain', ...fixed(plain) },
      {
        condition,
        name: 'L2',
        ...knob('λ', [0, 0.001, 0.003, 0.01, 0.03], (lambda) => or(lambda, { name: 'L2', lambda })),
      },
      {
        condition,
        name: 'SAM',
        ...knob('ρ', [0, 0.05, 0.1, 0.2, 0.5, 1], (rho) => or(rho, { name: 'SAM', rho })),
      },
      {
        condition,
        name: 'SASP network',
        ...knob('λ', [0, 0.05, 0.1, 0.2, 0.4], (lambda) =>
          or(lambda, { name: 'SASP network', lambda, fraction: 1 }),
        ),
      },
    ];
  });
}

export const sharpness: Study<Setting> = {
  name: 'sharpness',
  title: 'Sharpness',
  arms,
  quick: ({ task, method }) => ({ task: { ...task, epochs: 2 }, method }),
  tune: ({ task, method }, seed) =>
    train(task, method, seed, ({ network, sets }) => ({
      criterion: crossEntropyOf(network, sets.validation),
    })),
  test: ({ task, method }, seed) =>
    train(task, method, seed, ({ network, sets }) => ({
      crossEntropy: crossEntropyOf(network, sets.test),
      scaledCrossEntropy: temperatureScaled(network, sets).crossEntropy,
      accuracy: accuracyOf(network, sets.test),
      training: crossEntropyOf(network, sets.training),
      trace: traceOf(network, sets.training),
    })),
  report(results) {
    const comparison = {
      condition: 'mixture, 20 % wrong labels',
      measure: 'crossEntropy',
      label: 'test cross-entropy',
      better: 'less',
      reference: 'plain',
      decimals: 3,
    } as const;
    const rows = compare(results, comparison);
    return {
      markdown: comparisonTable(rows, comparison),
      figures: [],
      claims: [],
      losses: lossesOf(rows, comparison, (arm) => arm.startsWith('SASP')),
    };
  },
};
