import { fixed } from '../../knob.js';
import type { Study } from '../../study.js';
import { ARCHITECTURES, type ArchitectureName } from './architectures.js';
import { measure, type Setting } from './measure.js';
import { report } from './report.js';

/** What the trace of a convolutional network is made of, and what cheaper forms would miss. */
export const convolutions: Study<Setting> = {
  name: 'convolutions',
  title: 'Convolutions',
  backend: 'cpu', // wasm has no gradient of a convolution's kernel
  arms: () =>
    (Object.keys(ARCHITECTURES) as ArchitectureName[]).map((architecture) => ({
      condition: 'digits, 20 % wrong labels',
      name: architecture,
      ...fixed<Setting>({ architecture, training: 100, epochs: [0, 2, 6] }),
    })),
  quick: (setting) => ({ ...setting, epochs: [0, 1] }),
  tune() {
    throw new Error('convolutions: there is nothing to choose');
  },
  test: measure,
  report,
};
