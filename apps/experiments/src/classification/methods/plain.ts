import { crossEntropy, minimizing, type Step, type Training } from './step.js';

/** The cross-entropy alone. */
export const plain = (_: Record<never, never>, training: Training): Step =>
  minimizing(training, (batch) => crossEntropy(training.network, batch));
