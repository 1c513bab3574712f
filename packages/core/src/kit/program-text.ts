import type { Text } from './program.js';

/**
 * Declares sums over k < count, of terms in k and in what `declared` declares. Several variables are loops in one another.
 *
 *     sumsText({ k: 3 }, { sum: 'x(0, i, k)' })
 */
export function sumsText(
  counts: Readonly<Record<string, number>>,
  terms: Readonly<Record<string, Text>>,
  declared: Text = '',
): Text {
  const names = Object.keys(terms);
  const loops = Object.entries(counts);
  return `
    ${names.map((name) => `float ${name} = 0.;`).join('\n')}
    ${loops.map(([k, count]) => `for (int ${k} = 0; ${k} < ${count}; ${k}++) {`).join('\n')}
      ${declared}
      ${names.map((name) => `${name} += ${terms[name]};`).join('\n')}
    ${'}'.repeat(loops.length)}`;
}

/** Returns the numbers of these names, each in the threads of its column. */
export const returnsText = (columns: readonly string[], names = columns): Text =>
  names.map((name) => `if (j == ${columns.indexOf(name)}) { return ${name}; }`).join('\n');

/** Declares the numbers of row [b, i] of `rows`, by the names of their columns. */
export const readsText = (columns: readonly string[]): Text =>
  columns.map((name, k) => `float ${name} = rows(b, i, ${k});`).join('\n');
