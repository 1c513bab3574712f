import { random } from '@toploss/examples/random';
import type { RowSets, Rows } from './rows.js';

const FEATURES = 8;
const WAVES = 3;
/** Deviation of what is added to the clean training targets. */
const CLEAN_NOISE = 0.1;
/** Deviation of the targets of the noisy task, which are nothing else. */
const NOISE = 3;
const VALIDATION = 300;
const TEST = 1000;

/**
 * A smooth random function of normal inputs, beside targets that are pure noise. Every seed draws a function and
 * examples of its own. The clean targets of validation and test are the function itself.
 */
export function regression(training: number, seed: number): RowSets {
  const f = smoothFunction(seed);
  const rows = (purpose: string, count: number, noise: number): Rows => {
    const { normal } = random(seed, purpose);
    const inputs = Array.from({ length: count }, () => normals(normal, FEATURES));
    return {
      inputs,
      targets: [inputs.map((x) => [f(x) + noise * normal()]), inputs.map(() => [NOISE * normal()])],
    };
  };
  return {
    tasks: [
      { loss: 'squared error', floor: CLEAN_NOISE ** 2 },
      { loss: 'squared error', floor: NOISE ** 2 },
    ],
    training: rows('training examples', training, CLEAN_NOISE),
    validation: rows('validation examples', VALIDATION, 0),
    test: rows('test examples', TEST, 0),
  };
}

/**
 * Waves of random directions and phases, √2/√K Σ sin(wₖ·x + φₖ), where wₖ·x has variance 1. Of a mean square of 1 the
 * mean of the function has 1/e and its variance the rest, on average over the phases.
 */
function smoothFunction(seed: number): (x: readonly number[]) => number {
  const { normal } = random(seed, 'function');
  const waves = Array.from({ length: WAVES }, () => ({
    direction: normals(normal, FEATURES).map((w) => w / Math.sqrt(FEATURES)),
    phase: Math.PI * normal(),
  }));
  return (x) =>
    Math.sqrt(2 / WAVES) *
    waves.reduce(
      (sum, { direction, phase }) =>
        sum + Math.sin(phase + direction.reduce((dot, w, k) => dot + w * (x[k] as number), 0)),
      0,
    );
}

const normals = (normal: () => number, length: number) => Array.from({ length }, () => normal());
