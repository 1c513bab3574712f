import { checkFloats, checkSaved, flag, integer } from '@toploss/core/kit';
import { check, type DmtaState, type SavedTensor } from './inputs.js';

export const [format, version] = ['toploss/dmta', 1] as const;

/** Throws unless it is a saved state; its variables are not checked here. */
export function checkState(state: unknown): asserts state is DmtaState {
  checkSaved(check, state, { format, version });
  const { steps, isOrdered, average }: { steps: number } & Partial<DmtaState> = state;
  check.argument('state.isOrdered', isOrdered ?? true, flag);
  check.object('state.average', average);
  const saved = Object.entries<Partial<SavedTensor>>(average);
  if (saved.length > 0 !== steps > 0) {
    const expected = steps > 0 ? 'to hold an average' : 'to be empty after 0 steps';
    check.reject('state.average', expected, average);
  }
  for (const [name, tensor] of saved) {
    const argument = `state.average.${name}`;
    check.object(argument, tensor);
    const { shape, values } = tensor;
    if (!Array.isArray(shape) || !Array.from(shape).every(integer(0).allows)) {
      check.reject(`${argument}.shape`, 'to be an array of integers ≥ 0', shape);
    }
    const size = shape.reduce((product, length) => product * length, 1);
    checkFloats(check, `${argument}.values`, values, [size]);
  }
}

/** Anything with a shape, by name; in the order of the variables. */
export type NamedShapes = Readonly<Record<string, { readonly shape: readonly number[] }>>;

/**
 * The names of the saved averages among the variables here, in the order of the averages; `undefined` if they do not
 * fit. By name where one has all names of the other; else, as for a model that was built again, by position.
 *
 * @param isOrdered Whether both have the order of their variables; otherwise there are no positions.
 */
export function namesHere(
  saved: NamedShapes,
  here: NamedShapes,
  isOrdered: boolean,
): string[] | undefined {
  const [savedNames, names] = [Object.keys(saved), Object.keys(here)];
  const common = names.filter((name) => Object.hasOwn(saved, name));
  if (common.length === Math.min(names.length, savedNames.length)) {
    return common.every((name) => isSameShape(saved[name], here[name])) ? savedNames : undefined;
  }
  const fits =
    isOrdered &&
    names.length === savedNames.length &&
    names.every((name, k) => isSameShape(saved[savedNames[k]!], here[name]));
  return fits ? names : undefined;
}

type Shaped = NamedShapes[string] | undefined;

const isSameShape = (a: Shaped, b: Shaped): boolean =>
  a?.shape.length === b?.shape.length && a?.shape.every((n, k) => n === b?.shape[k]) === true;

/** Throws the error that lists both. */
export function rejectMisfit(
  argument: string,
  expected: NamedShapes,
  received: NamedShapes,
  isOrdered: boolean,
): never {
  const by = isOrdered
    ? 'by name or by position and shape'
    : 'by name: no step had a gradient of every variable, so their order is not known';
  const what = `to be of the variables ${listed(expected)}, ${by}`;
  check.reject(argument, what, listed(received));
}

const listed = (shapes: NamedShapes): string =>
  Object.entries(shapes)
    .map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)
    .join(', ');

/** All names, in the order of the given ones where they tell it. */
export function inOrder(known: readonly string[], given: readonly string[]): readonly string[] {
  const names = new Set(given);
  if (known.every((name) => names.has(name))) {
    return given;
  }
  const all = [...known];
  let next = all.length;
  for (const name of [...given].reverse()) {
    const at = all.indexOf(name);
    if (at >= 0) {
      next = at;
    } else {
      all.splice(next, 0, name);
    }
  }
  return all;
}
