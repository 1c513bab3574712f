import { readDigits } from '@toploss/examples/digits';
import { random } from '@toploss/examples/random';
import { split } from '../../../split.js';
import { oneHot, type RowSets, type Rows } from './rows.js';

const CLASSES = 10;
const VALIDATION = 300;

/** Read once a thread. */
let known: ReturnType<typeof readDigits> | undefined;

/** The class of an image, beside a label that is drawn at random, one of ten too. */
export function digits(training: number, seed: number): RowSets {
  known ??= readDigits();
  const { pixels, labels } = known;
  const positions = split(labels.length, { training, validation: VALIDATION }, seed);
  const { below } = random(seed, 'random labels');
  const rows = (chosen: readonly number[]): Rows => ({
    inputs: chosen.map((k) => (pixels[k] as number[]).map((x) => x / 16)),
    targets: [
      chosen.map((k) => oneHot(labels[k] as number, CLASSES)),
      chosen.map(() => oneHot(below(CLASSES), CLASSES)),
    ],
  });
  return {
    tasks: [
      { loss: 'cross-entropy', floor: 0 },
      { loss: 'cross-entropy', floor: Math.log(CLASSES) },
    ],
    training: rows(positions.training),
    validation: rows(positions.validation),
    test: rows(positions.test),
  };
}
