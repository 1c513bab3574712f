import { Checks, checkFloats, checkSaved, flag, integer } from '@toploss/core/kit';

const check: Checks = new Checks('dmta');

/** What the average is made of, for `JSON.stringify`. Numbers of float32 pass through JSON bit for bit. */
export interface DmtaState {
  readonly format: 'toploss/dmta';
  readonly version: 1;
  /** How many steps were observed. */
  readonly steps: number;
  /** m̄ by variable name, in the order of the variables, row-major; empty before the first step. */
  readonly average: Readonly<Record<string, SavedTensor>>;
  /** `false` where no step had a gradient of every variable: their order is not known, and only their names count. */
  readonly isOrdered?: boolean;
}

interface SavedTensor {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export const [format, version] = ['toploss/dmta', 1] as const;

/** Throws unless it is a state as it was saved, of whatever variables. */
export function checkState(state: unknown): asserts state is DmtaState {
  checkSaved(check, state, { format, version });
  const saved: Partial<Record<keyof DmtaState, unknown>> = state;
  check.argument('state.isOrdered', saved.isOrdered ?? true, flag);
  check.object('state.average', saved.average);

  const names = Object.keys(saved.average);
  if (names.length > 0 !== Number(saved.steps) > 0) {
    const expected = Number(saved.steps) > 0 ? 'to hold an average' : 'to be empty after 0 steps';
    check.reject('state.average', expected, saved.average);
  }
  for (const [name, tensor] of Object.entries(saved.average)) {
    checkSavedTensor(`state.average.${name}`, tensor);
  }
}

function checkSavedTensor(argument: string, tensor: unknown): void {
  check.object(argument, tensor);
  const { shape, values } = tensor as Partial<SavedTensor>;
  if (!Array.isArray(shape) || !Array.from(shape).every(integer(0).allows)) {
    check.reject(`${argument}.shape`, 'to be an array of integers ≥ 0', shape);
  }
  const size = shape.reduce<number>((product, length) => product * length, 1);
  checkFloats(check, `${argument}.values`, values, [size]);
}
