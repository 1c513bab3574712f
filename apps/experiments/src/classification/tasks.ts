import type { Problem } from './problem.js';
import type { Task } from './training.js';

/**
 * The tasks that the studies of classification share. Each trains until the plain network has memorized most of
 * its label noise, which the penalties should prevent.
 */
const TASKS: Record<Problem['data'], Omit<Task, 'problem'> & { training: number }> = {
  mixture: {
    training: 300,
    widths: [64, 64],
    activation: 'relu',
    optimizer: { name: 'adam', rate: 5e-3 },
    batch: 50,
    epochs: 50,
  },
  digits: {
    training: 400,
    widths: [64, 64],
    activation: 'tanh',
    optimizer: { name: 'adam', rate: 5e-3 },
    batch: 50,
    epochs: 50,
  },
  'breast cancer': {
    training: 200,
    widths: [32, 32],
    activation: 'relu',
    optimizer: { name: 'adam', rate: 1e-2 },
    batch: 25,
    epochs: 40,
  },
  mnist: {
    training: 400,
    widths: [64, 64],
    activation: 'relu',
    optimizer: { name: 'adam', rate: 3e-3 },
    batch: 50,
    epochs: 40,
  },
};

/** @param noise Fraction of the training labels that are wrong. */
export function taskOf(data: Problem['data'], noise: number): Task {
  const { training, ...task } = TASKS[data];
  return { problem: { data, training, noise }, ...task };
}
