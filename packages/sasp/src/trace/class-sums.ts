import { type Head, sumsText, type Text } from '@toploss/core/kit';
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
export const classSumsText = (
  head: Head,
  classes: number,
  terms: Readonly<Record<string, Text>>,
): Text => sumsText({ k: classes }, terms, classText(head));
