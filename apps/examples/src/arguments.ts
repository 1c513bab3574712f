import { parseArgs } from 'node:util';
import { useBackend } from './backend.js';

/** Seeds that are reported, and others for choosing settings on validation images. */
const [REPORTED, TUNING] = [
  [1, 2, 3, 4, 5],
  [101, 102, 103],
];

/** Of which images the results are. */
export type HeldOut = 'validation' | 'test';

/** `--tune` compares all settings on validation images instead of the chosen ones on test images. */
export async function readArguments(): Promise<{ tune: boolean; seeds: number[]; set: HeldOut }> {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'wasm' },
      tune: { type: 'boolean', default: false },
    },
  });
  await useBackend(values.backend);
  return {
    tune: values.tune,
    seeds: values.tune ? TUNING : REPORTED,
    set: values.tune ? 'validation' : 'test',
  };
}
