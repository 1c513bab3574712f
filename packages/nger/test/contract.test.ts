import { type Nger, type NgerInputs, nger } from '@toploss/nger';
import { stateContract, valuesOf } from '@toploss/testing';

const at = (k: number) => ({
  taskLosses: [2 + Math.sin(k), 1 + 1 / (1 + k)],
  ntkProxies: [1 + (k % 3), 2 + (k % 5)],
});

for (const floor of ['ema-min', 'window-min', 'taylor', [0.5, 0.25]] as const) {
  stateContract<Nger, NgerInputs>({
    name: 'nger',
    make: () => nger({ tasks: 2, floor, window: 4 }),
    step: at,
    answer: (term, k) => [...valuesOf(term.loss(at(k))), ...valuesOf(term.weights())],
  });
}
