import { type HeldOut, lengthOf, readArguments } from './arguments.js';
import { readDigits } from './data.js';
import { type Arm, runExperiment, type Sets } from './experiment.js';
import { mean } from './mean.js';
import type { Network } from './network.js';
import { progress } from './progress.js';
import { meanAndDeviation, table } from './table.js';

/** A number of each trained network. */
export interface Column {
  name: string;
  decimals: number;
  /** The epoch after which it is measured; default the last. */
  epoch?: number;
  /** The arms are sorted by it under `--tune`. */
  best?: 'least' | 'most';
  measure(network: Network, sets: Sets, seed: number): number;
}

export interface Comparison {
  epochs: number;
  /** Reported on test images. */
  chosen: Record<string, Arm>;
  /** What they were chosen from with `--tune`, on validation images. */
  grid: Record<string, Arm>;
  columns(set: HeldOut): Column[];
}

/** Trains every arm on right labels under all seeds, and prints a row for each. */
export async function compare({ epochs: all, chosen, grid, columns: columnsOf }: Comparison) {
  const { tune, quick, seeds: reported, set } = await readArguments();
  const { epochs, seeds } = lengthOf(quick, all, reported);
  const arms = Object.entries(tune ? grid : chosen);
  const columns = columnsOf(set);
  const measured = arms.map(() => columns.map((): number[] => []));
  const digits = readDigits();
  const bar = progress('Training', seeds.length * epochs);
  for (const seed of seeds) {
    runExperiment({
      digits,
      seed,
      epochs,
      wrongLabels: false,
      arms: arms.map(([, arm]) => arm),
      observe: (now, networks, sets) => {
        bar.advance();
        for (const [k, network] of networks.entries()) {
          for (const [c, { epoch = epochs, measure }] of columns.entries()) {
            if (Math.min(epoch, epochs) === now) {
              measured[k]?.[c]?.push(measure(network, sets, seed));
            }
          }
        }
      },
    });
  }
  bar.stop();

  const rows = arms.map(([name], k) => {
    const numbers = measured[k] as number[][];
    const cells = columns.map(({ decimals }, c) =>
      meanAndDeviation(numbers[c] as number[], decimals),
    );
    return { cells: [name, ...cells], means: numbers.map(mean) };
  });
  if (tune) {
    const c = columns.findIndex(({ best }) => best !== undefined);
    const sign = columns[c]?.best === 'most' ? -1 : 1;
    rows.sort((a, b) => sign * ((a.means[c] as number) - (b.means[c] as number)));
  }
  const header = ['', ...columns.map(({ name }) => name)];
  console.log(`\nMean ± standard deviation over ${seeds.length} seeds, ${set} images:\n`);
  console.log(
    table(
      header,
      rows.map(({ cells }) => cells),
    ),
  );
}
