import { trainStep } from '@toploss/core';
import { type CvpTermOptions, cvp as term } from '@toploss/cvp';
import { crossEntropy, type Step, type Training } from './step.js';

export interface CvpOptions {
  options: { lambda: number } & Pick<CvpTermOptions, 'gate' | 'normalize' | 'decoupled'>;
  /** β = ∞, a number that JSON does not have. */
  hard?: boolean;
}

/** CVP as the product has it: in the gradients, or decoupled as a step of its own. */
export function cvp({ options, hard }: CvpOptions, { network, optimizer }: Training): Step {
  const step = trainStep({
    optimizer,
    params: network.params,
    terms: [term({ ...options, ...(hard ? { beta: Number.POSITIVE_INFINITY } : {}) })],
  });
  return {
    take(batch) {
      const losses = step(() => ({ loss: crossEntropy(network, batch) }));
      for (const loss of Object.values(losses)) {
        loss.dispose();
      }
    },
  };
}
