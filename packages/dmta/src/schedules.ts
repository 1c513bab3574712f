import { integer, nonNegative, number, type Rule } from '@toploss/core/kit';
import { check, type Schedule } from './inputs.js';

/** μ: how much of the average is kept in a step. */
export const momentum: Rule = number('a number in [0, 1)', (x) => x >= 0 && x < 1);

/** The same rule for an option that may be a schedule. The values of a schedule are checked by `valueAt`. */
export const scheduled = ({ expected, allows }: Rule): Rule => ({
  expected: `${expected}, or a function from the step to one`,
  allows: (value) => typeof value === 'function' || allows(value),
});

/** The value of a schedule at this step. */
export function valueAt(argument: string, schedule: Schedule, step: number, rule: Rule): number {
  if (typeof schedule === 'number') {
    return schedule;
  }
  const value = schedule(step);
  check.argument(`${argument}(${step})`, value, rule);
  return value;
}

export interface LinearAlphaOptions {
  /** Where it ends, a number ≥ 0; AdEMAMix: 5. */
  alpha: number;
  /** After how many steps, an integer ≥ 1. */
  steps: number;
}

/**
 * α rises linearly from 0.
 *
 *     α_t = α · min(t/T, 1),   t = step + 1
 *
 * @example
 * dmta({ alpha: linearAlpha({ alpha: 5, steps: 10_000 }) });
 *
 * @see AdEMAMix, arXiv:2409.03137.
 */
export function linearAlpha(options: LinearAlphaOptions): (step: number) => number {
  checkRequired(options, { alpha: nonNegative, steps: integer(1) });
  const { alpha, steps } = options;
  return (step) => alpha * Math.min((step + 1) / steps, 1);
}

export interface HalfLifeMuOptions {
  /** Where μ starts, in [0, 1); AdEMAMix: its β₁ = .9. */
  from: number;
  /** Where it ends, in [0, 1); AdEMAMix: .9999. */
  to: number;
  /** After how many steps, an integer ≥ 1. */
  steps: number;
}

/**
 * μ rises so that the half-life of the average, h(μ) = ln ½ / ln μ steps, does so linearly: a linear μ would
 * reach averages over hundreds of steps almost at once.
 *
 *     h(μ_t) = (1 − t/T) h(from) + t/T h(to),   μ = ½^(1/h),   t = min(step + 1, T)
 *
 * The paper writes it with h − 1, which comes to the same.
 *
 * @example
 * dmta({ mu: halfLifeMu({ from: 0.9, to: 0.9999, steps: 10_000 }) });
 *
 * @see AdEMAMix, arXiv:2409.03137.
 */
export function halfLifeMu(options: HalfLifeMuOptions): (step: number) => number {
  checkRequired(options, { from: momentum, to: momentum, steps: integer(1) });
  const { from, to, steps } = options;
  return (step) => {
    const passed = (step + 1) / steps;
    return passed >= 1 ? to : 0.5 ** (1 / ((1 - passed) * halfLife(from) + passed * halfLife(to)));
  };
}

/** In steps; 0 for μ = 0. */
const halfLife = (mu: number): number => Math.log(0.5) / Math.log(mu);

function checkRequired<Options extends object>(
  options: Options,
  rules: Readonly<Record<keyof Options & string, Rule>>,
): void {
  check.options(options, rules);
  for (const key of Object.keys(rules) as (keyof Options & string)[]) {
    check.argument(key, options[key], rules[key]);
  }
}
