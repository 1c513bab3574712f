import { saspCrossEntropy } from '@toploss/sasp';
import { minimizing, type Step, type Training } from './step.js';

export interface SaspOptions {
  curvature: 'fisher' | 'hessian';
  lambda: number;
}

/** The cross-entropy with SASP of the last layer. */
export const sasp = ({ curvature, lambda }: SaspOptions, training: Training): Step =>
  minimizing(training, ({ x, y }) => {
    const { logits, features } = training.network.forward(x);
    return saspCrossEntropy(logits, features, y, { curvature, lambda });
  });
