import { type Head, sumsText, type Text } from '@toploss/core/kit';
import { headText } from '../head/head-text.js';

/** A thread loops over the classes for each entry, and one over the rows for a sum: longer loops outweigh the launches. */
export const MOST_CLASSES = 64;
export const MOST_ROWS = 1024;

export const isSmall = (rows: number, classes: number): boolean =>
  classes <= MOST_CLASSES && rows <= MOST_ROWS;

/** Declares z, p and q of class k in row i; p and q not for the linear head. */
export const classText = (head: Head): Text => `
  float z = logits(0, i, k);
  float y = 0.;
  ${headText[head].predict}`;

/**
 * Declares what `classText` reads of row i of `logits`, and sums over its classes, of terms in z, p, q, k and what `declared`
 * declares. The terms of each pass may read the sums of those before it.
 */
export const classSumsText = (
  head: Head,
  classes: number,
  passes: readonly Readonly<Record<string, Text>>[],
  declared: Text = '',
): Text =>
  [
    headText[head].ofRow(classes),
    ...passes.map((terms) => sumsText({ k: classes }, terms, `${classText(head)} ${declared}`)),
  ].join('\n');
