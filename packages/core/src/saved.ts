import { checkObject, reject } from './arguments.js';

/** Throws unless it is a saved state of that kind. */
export function checkFormat(
  where: string,
  state: unknown,
  expected: { readonly format: string; readonly version: number },
): asserts state is object {
  checkObject(where, 'state', state);
  const saved = state as Partial<Record<'format' | 'version', unknown>>;
  for (const key of ['format', 'version'] as const) {
    if (saved[key] !== expected[key]) {
      reject(where, `state.${key}`, `to be ${JSON.stringify(expected[key])}`, saved[key]);
    }
  }
}

/** Throws unless it is an array of that many numbers of float32, which pass through JSON bit for bit. */
export function checkFloats(where: string, argument: string, value: unknown, count: number): void {
  if (!Array.isArray(value) || value.length !== count) {
    reject(where, argument, `to be an array of ${count}`, value);
  }
  // JSON has no NaN and no ∞ and makes `null` of them.
  const bad = value.findIndex((x) => !Number.isFinite(x) || Math.fround(x) !== x);
  if (bad >= 0) {
    reject(where, `${argument}[${bad}]`, 'to be a finite float32', value[bad]);
  }
}
