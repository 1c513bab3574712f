import type { Method } from '../../classification/methods.js';
import type { Problem } from '../../classification/problem.js';
import { armsUnder } from '../../classification/setting.js';
import type { Course } from '../../classification/training.js';
import type { Arm } from '../../study.js';
import { COURSES, type ModelName } from './models.js';

export interface Setting {
  model: ModelName;
  problem: Problem;
  course: Course;
  method: Method;
}

export const MODELS = Object.keys(COURSES) as ModelName[];
/** Fractions of the labels. */
export const NOISE = [0.2, 0] as const;

/** The defaults of saspNetwork. */
const DEFAULT_LAMBDA = 1;
export const EVERY = 4;

export const [ALL_STEPS, TUNED, UNTUNED, BY_NOISE] = [
  'SASP, every step',
  'SASP',
  'SASP, untuned',
  'SASP by weight noise',
] as const;

export const conditionOf = (model: ModelName, noise: number): string =>
  `${model}, ${noise === 0 ? 'clean labels' : `${100 * noise} % label noise`}`;

export const arms = (): Arm<Setting>[] =>
  NOISE.flatMap((noise) => MODELS.flatMap((model) => armsOf(model, noise)));

function armsOf(model: ModelName, noise: number): Arm<Setting>[] {
  const condition = conditionOf(model, noise);
  const problem: Problem = { data: 'digits', training: 500, noise, noisyValidation: true };
  const { plain, constant, tuned } = armsUnder<Setting>(condition, (method) => ({
    model,
    problem,
    course: COURSES[model],
    method,
  }));
  const sasp = saspOf(model);
  const least: Arm<Setting>[] = [
    plain,
    tuned('SAM', 'ρ', [0, 0.04, 0.1, 0.25, 0.6], (rho) => ({ name: 'SAM', rho })),
    tuned(TUNED, 'λ', LAMBDAS, (lambda) => sasp(lambda, EVERY)),
    constant(UNTUNED, sasp(DEFAULT_LAMBDA, EVERY)),
  ];
  if (noise === 0) {
    return least;
  }
  return [
    ...least,
    tuned('L2', 'λ', [0, 0.001, 0.003, 0.01, 0.03], (lambda) => ({ name: 'L2', lambda })),
    tuned('NSO', 'σ', [0, 0.008, 0.02, 0.05, 0.12], (sigma) => ({ name: 'NSO', sigma })),
    tuned(ALL_STEPS, 'λ', LAMBDAS, (lambda) => sasp(lambda)),
    ...(model === 'MLP' ? [tuned(BY_NOISE, 'λ', LAMBDAS, (lambda) => byNoise(lambda))] : []),
  ];
}

const LAMBDAS = [0, 0.25, 0.5, 1, 2];

export const byNoise = (lambda: number): Method => ({ name: BY_NOISE, root: 'ratio', lambda });

/** As `attach` has it: the closed form for a stack of dense layers, weight noise for any other model. */
export const saspOf =
  (model: ModelName) =>
  (lambda: number, every?: number): Method => ({
    ...(model === 'MLP'
      ? { name: 'SASP network', fraction: 1, scale: 'relative', root: 'ratio', lambda }
      : byNoise(lambda)),
    ...(every !== undefined && { every }),
  });
