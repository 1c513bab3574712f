import type { Live } from './inputs.js';

/**
 * Declares, in the language of programs, the `example` and the `position` of the entry [b, i, j] of a tensor of the shape
 * [B, L, …].
 */
export function placeText(shape: readonly number[]): string {
  if (shape.length === 2) {
    return 'int example = i; int position = j;';
  }
  if (shape.length === 3) {
    return 'int example = b; int position = i;';
  }
  const inner = shape.slice(2, -2).reduce((product, size) => product * size, 1);
  return `
    int example = b / ${shape[1]! * inner};
    int position = (b - example * ${shape[1]! * inner}) / ${inner};`;
}

/** Whether this position of the example is live. */
export const liveText = ({ shape: [, length] }: Live): string =>
  `mask(0, example, ${length === 1 ? '0' : 'position'}) != 0.`;

/** Declares whether a position of the example is live. */
export const anyText = (name: string, { shape: [, length] }: Live): string => `
  bool ${name} = false;
  for (int k = 0; k < ${length}; k++) {
    ${name} = ${name} || mask(0, example, k) != 0.;
  }`;
