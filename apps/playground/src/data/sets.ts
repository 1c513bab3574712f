import { random } from '@toploss/examples/random';

/** Examples as numbers; rows of `inputs` lie one after the other. */
export interface Examples {
  readonly inputs: Float32Array;
  /** The label that is given, and the right one. */
  readonly labels: readonly number[];
  readonly truth: readonly number[];
}

export interface DataSet {
  readonly dimension: number;
  readonly classes: number;
  readonly training: Examples;
  /** With right labels. */
  readonly test: Examples;
}

/** Gives exactly that part of the labels, chosen at random, another class. */
export function withWrongLabels(
  labels: readonly number[],
  classes: number,
  fraction: number,
  seed: number,
): number[] {
  const noise = random(seed, 'noise');
  const given = [...labels];
  for (const k of noise.permutation(labels.length).slice(0, Math.round(fraction * labels.length))) {
    given[k] = ((labels[k] as number) + 1 + noise.below(classes - 1)) % classes;
  }
  return given;
}
