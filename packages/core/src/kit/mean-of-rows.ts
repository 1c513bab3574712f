import type * as tf from '@tensorflow/tfjs-core';
import { launch } from './launch.js';
import { blocksOf, type Text } from './program.js';
import { readsText, sumsText } from './program-text.js';

/** So many terms in one sum: more in a row lose digits, and one thread waits for them. */
const BLOCK = 256;

/** Up to so many rows, every thread of a gradient can add the sums of the blocks itself. */
export const MOST_ROWS: number = 16 * BLOCK;

/** Numbers of each row, which one program has computed. */
export interface Rows {
  /** […, columns] */
  readonly rows: tf.Tensor;
  /** The names of the numbers: with `counts`, 0 or 1, not every row counts in the mean. */
  readonly columns: readonly string[];
  /** What is averaged, from the numbers of a row. */
  readonly term: Text;
  /** How many count, if the rows do not say so. */
  readonly total: number;
  /** Those of the term. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/** A mean over rows, and what programs for its gradient read. */
export interface MeanOfRows {
  readonly value: tf.Scalar;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** Declares `counted`, how many count or 1, and the numbers of row [b, i] by name. */
  readonly declared: Text;
}

/** In one program; in two if the rows say which of them count, or if there are more than a block. */
export function meanOfRows(of: Rows): MeanOfRows {
  const { rows, columns, numbers = {}, total } = of;
  const count = rows.size / columns.length;
  const blocks = Math.ceil(count / BLOCK);
  const isCounted = columns.includes('counts');
  const parts =
    isCounted || blocks > 1
      ? launch({
          inputs: { rows },
          numbers,
          shape: [isCounted ? 2 : 1, blocks],
          entry: `${sumOfBlock(of, count)} return sum;`,
        })
      : undefined;
  const counted = isCounted
    ? `${sumsText({ k: blocks }, { found: 'parts(0, 1, k)' })} float counted = max(found, 1.);`
    : `float counted = ${total}.;`;
  const sum = parts ? sumsText({ k: blocks }, { sum: 'parts(0, 0, k)' }) : sumOfBlock(of, count);
  const inputs = { rows, ...(parts && { parts }) };
  const entry = `${counted} ${sum} return sum / counted;`;
  return {
    value: launch({ inputs, numbers, shape: [], entry }),
    inputs,
    declared: `${counted} ${readsText(columns)}`,
  };
}

/** Declares the sum over block j of the rows: of the term, or where i = 1 of what counts. */
function sumOfBlock({ rows, columns, term }: Rows, count: number): Text {
  const [, height] = blocksOf(rows.shape);
  const declared = `
    int row = j * ${BLOCK} + k;
    if (row >= ${count}) { break; }
    int b = row / ${height};
    int i = row - b * ${height};
    ${readsText(columns)}`;
  const sum = columns.includes('counts') ? `select(counts, ${term}, isTerm)` : term;
  return `
    bool isTerm = i == 0;
    ${sumsText({ k: Math.min(count, BLOCK) }, { sum }, declared)}`;
}
