import { choice, scale, type ValueOf } from './kinds.js';

const percent = (x: number) => `${Math.round(100 * x)} %`;
const offAtZero = (x: number) => (x === 0 ? 'off' : String(x));
const lambdas = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1];
const powers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, k) => 2 ** (from + k));
const integers = (n: number) => Array.from({ length: n }, (_, k) => k + 1);

/**
 * Every setting, once. The controls, the address of the page and the training read this table; what is not
 * in it cannot be set.
 */
export const table = {
  data: choice(
    'Data set',
    {
      moons: 'Two moons',
      circles: 'Circles',
      xor: 'Exclusive or',
      spiral: 'Spirals',
      digits: 'Digits, 8 × 8',
    },
    'moons',
  ),
  noise: scale('Label noise', [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4], 0.25, percent),
  examples: scale('Training examples', [50, 100, 200, 300, 500, 800], 300),
  seed: scale('Seed', integers(50), 1),

  width: scale('Width', powers(2, 7), 32),
  depth: scale('Hidden layers', integers(5), 3),
  activation: choice(
    'Activation',
    { tanh: 'tanh', relu: 'ReLU', elu: 'ELU', swish: 'Swish' },
    'relu',
  ),

  optimizer: choice('Optimizer', { sgd: 'SGD', momentum: 'Momentum', adam: 'Adam' }, 'adam'),
  rate: scale('Learning rate', [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5], 0.02),
  schedule: choice('Schedule', { falling: 'falls to 0', constant: 'constant' }, 'falling'),
  batch: scale('Batch size', powers(3, 8), 128),
  steps: scale('Steps', [100, 200, 500, 800, 1000, 1500, 2000, 3000, 5000, 10_000], 800, (n) =>
    n.toLocaleString('en'),
  ),

  saspLambda: scale('λ', lambdas, 0.2, offAtZero),
  saspOf: choice(
    'Curvature of',
    { network: 'the whole network', head: 'the last layer' },
    'network',
  ),
  saspScale: choice('Scale', { relative: 'relative', absolute: 'absolute' }, 'relative'),
  saspEvery: scale('At every k-th step, k', powers(0, 3), 4),
  saspCurvature: choice('Curvature', { hessian: 'Hessian', fisher: 'Fisher' }, 'hessian'),

  cvpLambda: scale('λ', lambdas, 0.01, offAtZero),
  cvpGate: choice('Gate', { cautious: 'cautious', expansion: 'expansion' }, 'cautious'),
  cvpApplied: choice(
    'Applied',
    { gradient: 'to the gradient', decoupled: 'decoupled' },
    'decoupled',
  ),

  sbmpLambda: scale('λ', lambdas, 0, offAtZero),
  sbmpAlpha: scale('Noise α', [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 4], 0.3),

  dmtaAlpha: scale('α', [0, 0.5, 1, 2, 3, 5, 8], 0, offAtZero),
  dmtaMu: scale('Average μ', [0.9, 0.95, 0.98, 0.99, 0.995, 0.999], 0.99),

  backend: choice(
    'Backend',
    { wasm: 'wasm', webgpu: 'webgpu', webgl: 'webgl', cpu: 'cpu' },
    'wasm',
  ),
} as const;

export type Key = keyof typeof table;
export type Settings = { readonly [K in Key]: ValueOf<(typeof table)[K]> };

export const keys = Object.keys(table) as Key[];

export const initial = Object.fromEntries(
  keys.map((key) => [key, table[key].initial]),
) as unknown as Settings;

/** Whether a setting changes anything given the others; otherwise it is not shown. */
export function matters(key: Key, s: Settings): boolean {
  switch (key) {
    case 'saspOf':
      return s.saspLambda > 0;
    case 'saspScale':
    case 'saspEvery':
      return s.saspLambda > 0 && s.saspOf === 'network';
    case 'saspCurvature':
      return s.saspLambda > 0 && s.saspOf === 'head';
    case 'cvpGate':
    case 'cvpApplied':
      return s.cvpLambda > 0;
    case 'sbmpAlpha':
      return s.sbmpLambda > 0;
    case 'dmtaMu':
      return s.dmtaAlpha > 0;
    default:
      return true;
  }
}
