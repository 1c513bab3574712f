import { fixed, knob } from '../../knob.js';
import type { Arm } from '../../study.js';
import { CONDITIONS } from './conditions.js';
import type { Method } from './methods.js';
import type { Problem } from './task.js';

export interface Setting {
  problem: Problem;
  method: Method;
}

export const [ADAM, BETA1, ADEMAMIX, LINEAR, COSINE] = [
  'Adam',
  'Adam, β₁ chosen',
  'AdEMAMix',
  'DMTA linear',
  'DMTA cosine',
] as const;

/** Beside what is chosen, which may be to leave it off: as much of the slow average as of the gradient. */
export const [ADEMAMIX_ON, LINEAR_ON] = ['AdEMAMix, α = 1', 'DMTA linear, α = 1'] as const;

/**
 * Of the slow average: a half-life of 69 steps, a sixth of a training. The paper's .9999 is meant for a
 * hundred thousand steps.
 */
const SLOW = 0.99;

const ALPHAS = [0, 0.1, 0.2, 0.5, 1, 2, 5];

export function arms(): Arm<Setting>[] {
  return Object.entries(CONDITIONS).flatMap(([condition, problem]) => {
    const adam: Setting = { problem, method: { name: 'Adam', beta1: 0.9 } };
    const or = (value: number, method: Method): Setting =>
      value === 0 ? adam : { problem, method };
    const ademamix = (alpha: number) => or(alpha, { name: 'AdEMAMix', alpha, beta3: SLOW });
    const linear = (alpha: number) => or(alpha, { name: 'DMTA linear', alpha, mu: SLOW });
    const on = [
      { condition, name: ADEMAMIX_ON, ...fixed(ademamix(1)) },
      { condition, name: LINEAR_ON, ...fixed(linear(1)) },
    ];
    return [
      { condition, name: ADAM, ...fixed(adam) },
      {
        condition,
        name: BETA1,
        ...memory((beta1) => ({ problem, method: { name: 'Adam', beta1 } })),
      },
      { condition, name: ADEMAMIX, ...knob('α', ALPHAS, ademamix) },
      { condition, name: LINEAR, ...knob('α', ALPHAS, linear) },
      {
        condition,
        name: COSINE,
        ...knob('λ', [0, 0.003, 0.01, 0.03, 0.1, 0.3, 1], (lambda) =>
          or(lambda, { name: 'DMTA cosine', lambda, mu: SLOW }),
        ),
      },
      ...(problem.steps.length > 1 ? on : []),
    ];
  });
}

/** β₁ by the number of steps that its average remembers. At 1, which is β₁ = 0, the knob ends. */
function memory(setting: (beta1: number) => Setting): Pick<Arm<Setting>, 'candidates' | 'beyond'> {
  const { candidates, beyond } = knob('1/(1−β₁)', [1, 2, 5, 10, 20, 50, 100], (steps) =>
    setting(1 - 1 / steps),
  );
  return {
    candidates,
    beyond: (edge, known) => (edge === 'low' ? undefined : beyond?.(edge, known)),
  };
}
