import { fixed, knob } from '../../knob.js';
import type { Arm } from '../../study.js';
import type { NgerOptions } from './methods/nger.js';
import type { Method } from './methods.js';
import type { Task } from './training.js';

export interface Setting {
  task: Task;
  method: Method;
}

export const EQUAL = 'equal weights';
export const ORACLE = 'oracle, without the noisy task';
/** The floor that NGER has where none is named. */
export const NGER_DEFAULT = 'NGER, ema-min';

/**
 * By the names of the conditions. With equal weights each trains until the network knows the noise nearly by heart.
 */
const TASKS: Record<string, Task> = {
  regression: {
    problem: { data: 'regression', training: 200 },
    widths: [32, 32],
    rate: 0.01,
    batch: 50,
    epochs: 75,
  },
  digits: {
    problem: { data: 'digits', training: 200 },
    widths: [32, 32],
    rate: 0.01,
    batch: 50,
    epochs: 60,
  },
  penguins: {
    problem: { data: 'penguins', training: 100 },
    widths: [32, 32],
    rate: 0.01,
    batch: 25,
    epochs: 60,
  },
};

/** Of κ, in NTKMTL and NGER. */
const EXPONENTS = [0, 0.25, 0.5, 0.75, 1, 1.5, 2];

const FLOORS: Record<string, NgerOptions['floor']> = {
  [NGER_DEFAULT]: 'ema-min',
  'NGER, window-min': 'window-min',
  'NGER, taylor': 'taylor',
  'NGER, known floors': 'known',
};

export const arms = (): Arm<Setting>[] =>
  Object.entries(TASKS).flatMap(([condition, task]) => {
    const equal: Setting = { task, method: { name: 'fixed weights', noisy: 0.5 } };
    const of = (method: Method): Setting => ({ task, method });
    const or = (off: boolean, method: Method): Setting => (off ? equal : of(method));
    const tuned = {
      'fixed weights, tuned': knob(
        'v',
        [0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5],
        (noisy) => or(noisy === 0.5, { name: 'fixed weights', noisy }),
        { max: 0.999 },
      ),
      'uncertainty weighting': knob(
        'rate',
        [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
        (rate) => of({ name: 'uncertainty weighting', rate }),
        { max: 1 }, // a weight that becomes e times another at every step
      ),
      NTKMTL: knob('p', EXPONENTS, (exponent) => or(exponent === 0, { name: 'NTKMTL', exponent })),
      ExcessMTL: knob('η', [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3], (step) =>
        or(step === 0, { name: 'ExcessMTL', step }),
      ),
      ...Object.fromEntries(
        Object.entries(FLOORS).map(([name, floor]) => [
          name,
          knob('γ', EXPONENTS, (gamma) => of({ name: 'NGER', floor, gamma })),
        ]),
      ),
    };
    return [
      { condition, name: EQUAL, ...fixed(equal) },
      ...Object.entries(tuned).map(([name, choice]) => ({ condition, name, ...choice })),
      { condition, name: ORACLE, ...fixed(of({ name: 'fixed weights', noisy: 0 })) },
    ];
  });
