import type { Penalties } from './training-step.js';

const SASP: Penalties['sasp'][] = [
  { curvature: 'hessian', lambda: 0 },
  ...[0.03, 0.1, 0.3, 1, 3].map((lambda) => ({ curvature: 'hessian' as const, lambda })),
  ...[0.1, 0.3, 1].map((lambda) => ({ curvature: 'fisher' as const, lambda })),
];

// A decoupled λ is smaller in effect: it is multiplied by the learning rate and by nothing else.
const CVP: Penalties['cvp'][] = [
  { decoupled: false, lambda: 0 },
  ...[0.003, 0.01, 0.03, 0.1].map((lambda) => ({ decoupled: false, lambda })),
  ...[1, 3, 10].map((lambda) => ({ decoupled: true, lambda })),
];

/** Every SASP with every CVP; λ = 0 takes a penalty out. The first is the plain network. */
export const GRID: Penalties[] = SASP.flatMap((sasp) => CVP.map((cvp) => ({ sasp, cvp })));
