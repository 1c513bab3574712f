import { random } from '@toploss/examples/random';

/** Examples as numbers; `inputs` holds row after row. */
export interface Examples {
  readonly inputs: Float32Array;
  /** The given label, and the clean one. */
  readonly labels: readonly number[];
  readonly truth: readonly number[];
}

export interface DataSet {
  readonly dimension: number;
  readonly classes: number;
  readonly training: Examples;
  /** With clean labels. */
  readonly test: Examples;
}

/** Moves exactly this fraction of the labels, chosen at random, to another class. */
export function withLabelNoise(
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
