import { random } from '@toploss/examples/random';
import type { Method } from '../method.js';
import { crossEntropyOf } from '../network.js';
import { netOf, type Objective, type Problem } from '../problem.js';
import { add } from '../vector.js';

/** c = g(x + ξ) − g(x), Φ = L(x + ξ) − L(x), for noise ξ that stays. */
export const neftune: Method = {
  needsNetwork: true,
  correction: (problem) => {
    const noisy = noisyLoss(problem);
    return (theta) => add(noisy.gradient(theta), problem.loss.gradient(theta), -1);
  },
  penalty: (problem) => {
    const noisy = noisyLoss(problem);
    return (theta) => noisy.value(theta) - problem.loss.value(theta);
  },
};

function noisyLoss(problem: Problem): Objective {
  const { below } = random(0, 'noise');
  const noise = netOf(problem).examples.map(({ x }) => x.map(() => 0.2 * (2 * below(2) - 1)));
  return crossEntropyOf(netOf(problem).shifted(noise));
}
