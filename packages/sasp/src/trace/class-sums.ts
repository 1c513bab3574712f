import type { Head, Text } from '@toploss/core/kit';
import { headText } from '../head/head-text.js';

/** A thread loops over the classes for each entry, and one over the rows for a sum: longer loops outweigh the launches. */
export const MOST_CLASSES = 64;
export const MOST_ROWS = 1024;

export const isSmall = (rows: number, classes: number): boolean =>
  classes <= MOST_CLASSES && rows <= MOST_ROWS;

/** Declares what `predict` reads of row i of `logits`; as for `headText`, but of the prediction alone. */
export const rowText = (head: Head, classes: number): Text => headText[head].ofRow(classes);

/** Declares z, p and q of class k in row i; p and q not for the linear head. */
export const classText = (head: Head): Text => `
  float z = logits(0, i, k);
  float y = 0.;
  ${headText[head].predict}`;

/** Declares sums over the classes of row i, of terms in z, p, q and k. */
export const sumsText = (
  head: Head,
  classes: number,
  terms: Readonly<Record<string, Text>>,
): Text => `
  ${Object.keys(terms)
    .map((name) => `float ${name} = 0.;`)
    .join('\n')}
  for (int k = 0; k < ${classes}; k++) {
    ${classText(head)}
    ${Object.entries(terms)
      .map(([name, term]) => `${name} += ${term};`)
      .join('\n')}
  }`;

/** Returns the numbers of these names, in the threads of their columns. */
export const returnsText = (names: readonly string[]): Text =>
  `${names.map((name, k) => `if (j == ${k}) { return ${name}; }`).join('\n')}
  return 0.;`;
