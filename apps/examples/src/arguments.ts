import { parseArgs } from 'node:util';
import { useBackend } from './backend.js';

/** Seeds that are reported, and others for choosing settings on validation images. */
const [REPORTED, TUNING] = [
  [1, 2, 3, 4, 5],
  [101, 102, 103],
];

/** Of which images the results are. */
export type HeldOut = 'validation' | 'test';

/** How long a run is: with `--quick` a look at whether it runs, and its numbers mean nothing. */
export const lengthOf = (quick: boolean, epochs: number, seeds: readonly number[]) =>
  quick ? { epochs: 2, seeds: seeds.slice(0, 2) } : { epochs, seeds };

interface Arguments {
  tune: boolean;
  quick: boolean;
  seeds: readonly number[];
  set: HeldOut;
}

/** `--tune` compares all settings on validation images instead of the chosen ones on test images. */
export async function readArguments(): Promise<Arguments> {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'wasm' },
      tune: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
  await useBackend(values.backend);
  return {
    tune: values.tune,
    quick: values.quick,
    seeds: values.tune ? TUNING : REPORTED,
    set: values.tune ? 'validation' : 'test',
  };
}
