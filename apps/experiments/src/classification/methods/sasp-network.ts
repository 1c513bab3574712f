import { saspNetwork as term } from '@toploss/sasp';
import { crossEntropyOf, type Step, type Training, withTerms } from './step.js';

export interface SaspNetworkOptions {
  lambda: number;
  fraction: number;
  every?: number;
  scale?: 'relative' | 'absolute';
  root?: true | 'ratio';
}

/** The cross-entropy with SASP of all layers. */
export const saspNetwork = (
  { lambda, fraction, every = 1, scale = 'absolute', root = true }: SaspNetworkOptions,
  training: Training,
): Step =>
  withTerms(
    training,
    [term({ lambda, fraction, every, scale, root, seed: training.seed })],
    ({ x, y }) => {
      const outputs = training.network.forward(x);
      return { loss: crossEntropyOf(outputs, y), ...outputs };
    },
  );
