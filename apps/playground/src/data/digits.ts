import { random } from '@toploss/examples/random';
import { type DataSet, type Examples, withLabelNoise } from './sets.js';

/** The file `@toploss/examples/digits.json`. */
export interface Digits {
  /** 64 pixels, 0 to 16, of each image. */
  readonly pixels: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

const CLASSES = 10;
const TEST = 997;

/** The test images are the same for every seed, which deals out the others. */
export function digitData(
  { pixels, labels }: Digits,
  size: number,
  noise: number,
  seed: number,
): DataSet {
  const order = random(0, 'test set').permutation(labels.length);
  const others = order.slice(0, labels.length - TEST);
  const dealt = random(seed, 'split').permutation(others.length).slice(0, size);
  const take = (positions: readonly number[]): Examples => {
    const truth = positions.map((k) => labels[k] as number);
    const inputs = Float32Array.from(
      positions.flatMap((k) => pixels[k] as number[]),
      (x) => x / 16,
    );
    return { inputs, labels: truth, truth };
  };
  const training = take(dealt.map((k) => others[k] as number));
  return {
    dimension: 64,
    classes: CLASSES,
    training: { ...training, labels: withLabelNoise(training.truth, CLASSES, noise, seed) },
    test: take(order.slice(labels.length - TEST)),
  };
}
