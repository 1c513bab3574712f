import * as tf from '@tensorflow/tfjs-core';
import { blocksOf, byPrograms, type Head, launch } from '@toploss/core/kit';
import { headText } from './head-text.js';
import type { Settings } from './inputs.js';
import { anyText, liveText, placeText } from './live-text.js';

/** A thread loops over the classes of a row, or over the mask of an example. Longer loops outweigh what they save. */
const LONGEST_LOOP = 1024;

/** Of the rows: the sum of so many. */
const BLOCK = 256;
/** Every thread of a gradient adds the sums of the blocks. */
const MOST_ROWS = 16 * BLOCK;

/** The mean divergence, and its gradients by the clean and the noisy logits. */
export interface MeanDivergence {
  readonly value: tf.Scalar;
  readonly grads: tf.Tensor[];
}

/** The logits of both passes, and how they predict. */
export interface Divergent extends Pick<Settings, 'mask' | 'reduction'> {
  readonly clean: tf.Tensor;
  readonly noisy: tf.Tensor;
  readonly head: Head;
  readonly symmetric: boolean;
}

/**
 * `meanOfOperations` in four programs: the numbers of each row, and from them the value and both gradients. Under a mask,
 * or with more than 256 rows, a fifth adds up first.
 */
export function meanByPrograms(of: Divergent): MeanDivergence | undefined {
  const longest = Math.max(of.clean.shape.at(-1)!, of.mask?.shape[1] ?? 0);
  return longest > LONGEST_LOOP || countRows(of) > MOST_ROWS
    ? undefined
    : byPrograms('sbmp.divergence', () => launchAll(of));
}

function launchAll(of: Divergent): MeanDivergence {
  const rows = rowsOf(of);
  const parts = of.mask || countRows(of) > BLOCK ? partsOf(of, rows) : undefined;
  const share = of.symmetric ? 0.5 : 1;
  return {
    value: meanOf(of, rows, parts),
    grads: [
      of.symmetric ? gradientOf(of, rows, parts, -share) : tf.zerosLike(of.clean),
      gradientOf(of, rows, parts, share),
    ],
  };
}

const countRows = ({ clean }: Divergent) => clean.size / clean.shape.at(-1)!;

/** The numbers of a row, in the order of their columns. */
const columnsOf = ({ mask, head }: Divergent): readonly string[] => [
  'divergence',
  ...(mask ? ['live', 'counts'] : []),
  ...headText[head].columns,
];

/** The number of row [b, i] by that name. */
const numberOf = (of: Divergent, name: string) => `rows(b, i, ${columnsOf(of).indexOf(name)})`;

/** [..., columns]. All numbers of a row of the padding are 0, whatever it holds. */
function rowsOf(of: Divergent): tf.Tensor {
  const { clean, noisy, mask, head, symmetric } = of;
  const { columns, ofRow, predict, difference, symmetric: half, forward } = headText[head];
  const columnOf = (name: string) => columnsOf(of).indexOf(name);
  const C = clean.shape.at(-1)!;
  return launch({
    inputs: { clean, noisy, ...(mask && { mask }) },
    shape: [...clean.shape.slice(0, -1), columnsOf(of).length],
    entry: `
      ${mask ? ifLive(of) : ''}
      ${ofRow(C)}
      ${columns.map((name) => `if (j == ${columnOf(name)}) { return ${name}; }`).join('\n')}
      float divergence = 0.;
      for (int k = 0; k < ${C}; k++) {
        ${predict}
        float difference = ${difference};
        divergence += ${symmetric ? half : forward};
      }
      return divergence;`,
  });
}

/**
 * Returns the numbers that only a mask has, and 0 for a row of the padding. What counts is a live row, or in the mean over
 * the batch the first row of a live example.
 */
function ifLive(of: Divergent): string {
  const mask = of.mask!;
  const columnOf = (name: string) => columnsOf(of).indexOf(name);
  const { shape } = of.clean;
  const isFirst =
    shape.length === 2 ? 'true' : `i == 0 && b == example * ${blocksOf(shape)[0] / shape[0]!}`;
  return `
      ${placeText(shape)}
      ${shape.length === 2 ? anyText('live', mask) : `bool live = ${liveText(mask)};`}
      if (j == ${columnOf('counts')}) {
        ${of.reduction === 'batch' ? `${anyText('isAnyLive', mask)} return select(0., 1., isAnyLive && ${isFirst});` : 'return select(0., 1., live);'}
      }
      if (j == ${columnOf('live')}) {
        return select(0., 1., live);
      }
      if (!live) {
        return 0.;
      }`;
}

/** [2, blocks]: the sums of the divergences and of what counts, in blocks of rows. */
function partsOf(of: Divergent, rows: tf.Tensor): tf.Tensor {
  const count = countRows(of);
  return launch({
    inputs: { rows },
    shape: [2, Math.ceil(count / BLOCK)],
    entry: `
      int column = ${of.mask ? `int(select(${columnsOf(of).indexOf('counts')}., 0., i == 0))` : '0'};
      float sum = 0.;
      for (int k = 0; k < ${Math.min(count, BLOCK)}; k++) {
        int row = j * ${BLOCK} + k;
        if (row < ${count}) {
          ${sumUp(of, 'row', 'column')}
        }
      }
      return sum;`,
  });
}

/** Adds a number of a row, by the number of the row among all. */
function sumUp({ clean }: Divergent, row: string, column: string): string {
  const [, rowsOfBlock] = blocksOf(clean.shape);
  return `
    int block = ${row} / ${rowsOfBlock};
    sum += rows(block, ${row} - block * ${rowsOfBlock}, ${column});`;
}

/** Φ, from the sums of the blocks if there are any. */
const meanOf = (of: Divergent, rows: tf.Tensor, parts: tf.Tensor | undefined): tf.Scalar =>
  launch({
    inputs: { rows, ...(parts && { parts }) },
    shape: [],
    entry: `
      ${countedText(of, parts)}
      float sum = 0.;
      for (int k = 0; k < ${parts ? parts.shape[1] : countRows(of)}; k++) {
        ${parts ? 'sum += parts(0, 0, k);' : sumUp(of, 'k', '0')}
      }
      return sum / counted;`,
  });

/** Declares `counted`, the N of the mean. */
function countedText(of: Divergent, parts: tf.Tensor | undefined): string {
  if (of.mask === undefined || parts === undefined) {
    return `float counted = ${of.reduction === 'batch' ? of.clean.shape[0] : countRows(of)}.;`;
  }
  return `
      float counted = 0.;
      for (int k = 0; k < ${parts.shape[1]}; k++) {
        counted += parts(0, 1, k);
      }
      counted = max(counted, 1.);`;
}

/** share (q − p)/N */
function gradientOf(
  of: Divergent,
  rows: tf.Tensor,
  parts: tf.Tensor | undefined,
  share: number,
): tf.Tensor {
  const { clean, noisy, mask, head } = of;
  const { columns, predict, difference } = headText[head];
  return launch({
    inputs: { clean, noisy, rows, ...(parts && { parts }) },
    numbers: { share },
    shape: clean.shape,
    entry: `
      ${mask ? `if (${numberOf(of, 'live')} == 0.) { return 0.; }` : ''}
      ${columns.map((name) => `float ${name} = ${numberOf(of, name)};`).join('\n')}
      ${countedText(of, parts)}
      int k = j;
      ${predict}
      return share * (${difference}) / counted;`,
  });
}
