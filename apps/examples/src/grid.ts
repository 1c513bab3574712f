import { l2Step, samStep } from './baselines.js';
import type { Arm } from './experiment.js';
import { penalizedStep, plainStep } from './training-step.js';

/** One way to train, with one value of its hyperparameters. */
export interface Setting {
  method: 'plain' | 'L2' | 'SAM' | 'SASP of the last layer' | 'SASP';
  value: string;
  arm: Arm;
}

/** The first is the plain network. */
export const GRID: readonly Setting[] = [
  { method: 'plain', value: '', arm: plainStep },
  ...[0.001, 0.003, 0.01, 0.03, 0.1].map(
    (lambda): Setting => ({
      method: 'L2',
      value: `λ = ${lambda}`,
      arm: (network) => l2Step(network, lambda),
    }),
  ),
  ...[0.05, 0.1, 0.2, 0.5, 1, 2, 4].map(
    (rho): Setting => ({
      method: 'SAM',
      value: `ρ = ${rho}`,
      arm: (network) => samStep(network, rho),
    }),
  ),
  ...[0.03, 0.1, 0.3, 1, 3].map(
    (lambda): Setting => ({
      method: 'SASP of the last layer',
      value: `λ = ${lambda}`,
      arm: (network) => penalizedStep(network, { sasp: { lambda, curvature: 'hessian' } }),
    }),
  ),
  ...[4, 1].flatMap((every) =>
    [0.25, 0.5, 1, 2, 4].map(
      (lambda): Setting => ({
        method: 'SASP',
        value: every === 1 ? `λ = ${lambda}, every step` : `λ = ${lambda}`,
        arm: (network) => penalizedStep(network, { saspNetwork: { lambda, every } }),
      }),
    ),
  ),
];
