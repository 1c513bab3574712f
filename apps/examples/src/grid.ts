import type { Penalties } from './training-step.js';

const HEADS: Penalties[] = [
  {},
  ...[0.03, 0.1, 0.3, 1, 3].map((lambda) => ({ sasp: { curvature: 'hessian' as const, lambda } })),
  ...[0.1, 0.3, 1].map((lambda) => ({ sasp: { curvature: 'fisher' as const, lambda } })),
];

const NETWORKS: Penalties[] = [0.25, 1].flatMap((fraction) =>
  [0.025, 0.05, 0.1, 0.2, 0.4].map((lambda) => ({ saspNetwork: { fraction, lambda } })),
);

// A decoupled λ is smaller in effect: it is multiplied by the learning rate and by nothing else.
const DECAYS: Penalties[] = [
  {},
  ...[0.003, 0.01, 0.03, 0.1].map((lambda) => ({ cvp: { decoupled: false, lambda } })),
  ...[1, 3, 10].map((lambda) => ({ cvp: { decoupled: true, lambda } })),
];

/** Every SASP, at the head or over the network, with every CVP. The first is the plain network. */
export const GRID: Penalties[] = [...HEADS, ...NETWORKS].flatMap((sasp) =>
  DECAYS.map((cvp) => ({ ...sasp, ...cvp })),
);
