import type { Key } from '../settings/table.js';

/** The fieldsets of the form, in their order. Every key of the table is in exactly one. */
export const groups: readonly { legend: string; hint?: string; keys: readonly Key[] }[] = [
  { legend: 'Data', keys: ['data', 'noise', 'examples', 'seed'] },
  {
    legend: 'SASP',
    hint: 'Flat minima: adds the trace of the curvature to the loss.',
    keys: ['saspLambda', 'saspOf', 'saspScale', 'saspEvery', 'saspCurvature'],
  },
  {
    legend: 'CVP',
    hint: 'Weight decay, only where it does not work against the loss.',
    keys: ['cvpLambda', 'cvpGate', 'cvpApplied'],
  },
  {
    legend: 'SBMP',
    hint: 'The same prediction under noise at the input.',
    keys: ['sbmpLambda', 'sbmpAlpha'],
  },
  {
    legend: 'DMTA',
    hint: 'Keeps to the slow average of the gradients.',
    keys: ['dmtaAlpha', 'dmtaMu'],
  },
  { legend: 'Network', keys: ['width', 'depth', 'activation'] },
  { legend: 'Training', keys: ['optimizer', 'rate', 'schedule', 'batch', 'steps', 'backend'] },
];
