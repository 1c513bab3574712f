import { type CvpTermOptions, cvp as term } from '@toploss/cvp';
import { crossEntropy, type Step, type Training, withTerms } from './step.js';

export interface CvpOptions {
  options: { lambda: number } & Pick<CvpTermOptions, 'gate' | 'normalize' | 'decoupled'>;
  /** β = ∞, a number that JSON does not have. */
  hard?: boolean;
}

/** CVP as the product has it: in the gradients, or decoupled as a step of its own. */
export const cvp = ({ options, hard }: CvpOptions, training: Training): Step =>
  withTerms(
    training,
    [term({ ...options, ...(hard && { beta: Number.POSITIVE_INFINITY }) })],
    (batch) => ({ loss: crossEntropy(training.network, batch) }),
  );
