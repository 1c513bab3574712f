import { readFileSync } from 'node:fs';
import { random } from '@toploss/examples/random';
import { split } from '../../../split.js';
import { oneHot, type RowSets, type Rows } from './rows.js';

const VALIDATION = 110;

const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'];
const MEASURES = [
  'Beak Length (mm)',
  'Beak Depth (mm)',
  'Flipper Length (mm)',
  'Body Mass (g)',
] as const;

type Measure = (typeof MEASURES)[number];

type Penguin = Record<Measure, number> & { Species: string };

/**
 * The species of a penguin by its beak, flipper and mass, beside the mass of another penguin. All have mean 0
 * and deviation 1 over all examples but those of the test, so that the unit of the error is the same for all seeds.
 */
export function penguins(training: number, seed: number): RowSets {
  const all = read();
  const positions = split(all.length, { training, validation: VALIDATION }, seed);
  const known = [...positions.training, ...positions.validation].map((k) => all[k] as Penguin);
  const standardized = Object.fromEntries(
    MEASURES.map((name) => [name, standardization(known.map((row) => row[name]))]),
  );
  const standard = (penguin: Penguin, name: Measure) =>
    (standardized[name] as (x: number) => number)(penguin[name]);

  const rows = (purpose: string, chosen: readonly number[]): Rows => {
    const penguinsOf = chosen.map((k) => all[k] as Penguin);
    const others = random(seed, purpose).permutation(chosen.length);
    return {
      inputs: penguinsOf.map((penguin) => MEASURES.map((name) => standard(penguin, name))),
      targets: [
        penguinsOf.map(({ Species }) => oneHot(SPECIES.indexOf(Species), SPECIES.length)),
        others.map((k) => [standard(penguinsOf[k] as Penguin, 'Body Mass (g)')]),
      ],
    };
  };
  return {
    tasks: [
      { loss: 'cross-entropy', floor: 0 },
      { loss: 'squared error', floor: 1 }, // the variance of the masses
    ],
    training: rows('masses, training', positions.training),
    validation: rows('masses, validation', positions.validation),
    test: rows('masses, test', positions.test),
  };
}

/** Those without missing values. */
function read(): Penguin[] {
  const file = new URL('../../../../data/penguins.json', import.meta.url);
  const all: Record<string, unknown>[] = JSON.parse(readFileSync(file, 'utf8'));
  return all.filter((row) =>
    MEASURES.every((name) => typeof row[name] === 'number'),
  ) as unknown as Penguin[];
}

/** To mean 0 and deviation 1 over these values. */
function standardization(values: readonly number[]): (x: number) => number {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  return (x) => (x - mean) / deviation;
}
