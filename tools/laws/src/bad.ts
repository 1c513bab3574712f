import { entriesOf } from '@toploss/testing/recipes';
import { replacements } from './replacements.js';
import { type Spoil, spoilsOf } from './spoils.js';

/** One thing that is wrong: where, and what with it. */
export interface Spoiled {
  readonly args: unknown[];
  /** In words. */
  readonly what: string;
}

/**
 * The arguments with something in them spoiled, or replaced, or all of it right but for being of another kind.
 *
 * @param at Which of the values in the arguments, at any depth, counted around.
 * @param how Which of the things that can happen to it, counted around.
 */
export function spoiled(args: unknown[], at: number, how: number): Spoiled {
  const places = placesIn(args);
  const [path, value] = places[at % places.length] as Place;
  const ways: [string, Spoil][] = [
    ...spoilsOf(value),
    ...Object.entries(replacements).map(([name, make]): [string, Spoil] => [name, () => make()]),
  ];
  // Half of the time something that becomes this value, and not any.
  const own = spoilsOf(value).length;
  const way = how % 2 === 0 && own > 0 ? (how >> 1) % own : (how >> 1) % ways.length;
  const [name, spoil] = ways[way] as [string, Spoil];
  return {
    args: replaced(args, path, spoil(value)) as unknown[],
    what: `${path.join('.') || 'arguments'}: ${name}`,
  };
}

type Place = [path: string[], value: unknown];

function placesIn(x: unknown, path: string[] = []): Place[] {
  const below = entriesOf(x).flatMap(([key, value]) => placesIn(value, [...path, key]));
  return path.length === 0 ? below : [[path, x], ...below];
}

/** x with another value at the path, and nothing changed in place. */
function replaced(x: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) {
    return value;
  }
  const below = (x as Record<string, unknown>)[key];
  const copy = Array.isArray(x) ? [...x] : { ...(x as object) };
  return Object.assign(copy, { [key]: replaced(below, rest, value) });
}
