import type { Stateful } from '@toploss/core';

/** Training that goes on for as long as it is asked to. */
export interface Training {
  /** The number of the next step. */
  readonly step: number;
  advance(): void | Promise<void>;
  /** Of all parameters. */
  values(): number[];
  dispose(): void;
}

/** The first step, as of training that was resumed: float32 does not know 2²⁴ + 1, which a soak passes half-way. */
export const firstStep = 2 ** 24 - 50_000;

/** λ that has warmed up long ago, and goes on to fall. */
export const falling = (lambda: number) => (step: number) =>
  lambda * Math.min((step + 1) / 1000, 1) * 0.5 ** (step / 2 ** 24);

/** A state after so many steps as the first step says, for a term that has observed one. */
export function age(
  term: Pick<Stateful<never, { readonly steps: number }>, 'getState' | 'setState'>,
) {
  term.setState({ ...term.getState(), steps: firstStep });
}
