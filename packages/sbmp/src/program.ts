import * as tf from '@tensorflow/tfjs-core';
import {
  blocksOf,
  byPrograms,
  type Head,
  launch,
  type MeanOfRows,
  MOST_ROWS,
  meanOfRows,
  returnsText,
  sumsText,
  type Text,
} from '@toploss/core/kit';
import { headText } from './head-text.js';
import type { Live, Settings } from './inputs.js';
import { anyText, liveText, placeText } from './live-text.js';

/** A thread loops over the classes of a row, or over the mask of an example. Longer loops outweigh what they save. */
const LONGEST_LOOP = 1024;

/** The mean divergence, and its gradients by the clean and the noisy logits. */
export interface MeanDivergence {
  readonly value: tf.Scalar;
  readonly grads: tf.Tensor[];
}

/** The logits of both passes, and how they predict. */
export interface Divergent extends Pick<Settings, 'reduction'> {
  readonly clean: tf.Tensor;
  readonly noisy: tf.Tensor;
  readonly mask: Live | undefined;
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
  const { clean, symmetric, reduction } = of;
  const mean = meanOfRows({
    rows: rowsOf(of),
    columns: columnsOf(of),
    term: 'divergence',
    total: reduction === 'batch' ? clean.shape[0]! : countRows(of),
  });
  const share = symmetric ? 0.5 : 1;
  return {
    value: mean.value,
    grads: [
      symmetric ? gradientOf(of, mean, -share) : tf.zerosLike(clean),
      gradientOf(of, mean, share),
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

/** [..., columns]. All numbers of a row of the padding are 0, whatever it holds. */
function rowsOf(of: Divergent): tf.Tensor {
  const { clean, noisy, mask, head, symmetric } = of;
  const { columns, ofRow, predict, difference, symmetric: half, forward } = headText[head];
  const C = clean.shape.at(-1)!;
  return launch({
    inputs: { clean, noisy, ...(mask && { mask }) },
    shape: [...clean.shape.slice(0, -1), columnsOf(of).length],
    entry: `
      ${mask ? ifLive(of) : ''}
      ${ofRow(C)}
      ${returnsText(columnsOf(of), columns)}
      ${sumsText(
        { k: C },
        { divergence: symmetric ? half : forward },
        `${predict} float difference = ${difference};`,
      )}
      return divergence;`,
  });
}

/**
 * Returns the numbers that only a mask has, and 0 for a row of the padding. What counts is a live row, or in the mean over
 * the batch the first row of a live example.
 */
function ifLive(of: Divergent): Text {
  const mask = of.mask!;
  const { shape } = of.clean;
  const isFirst =
    shape.length === 2 ? 'true' : `i == 0 && b == example * ${blocksOf(shape)[0] / shape[0]!}`;
  return `
      ${placeText(shape)}
      ${shape.length === 2 ? anyText('isLive', mask) : `bool isLive = ${liveText(mask)};`}
      float live = select(0., 1., isLive);
      if (j == ${columnsOf(of).indexOf('counts')}) {
        ${of.reduction === 'batch' ? `${anyText('isAnyLive', mask)} return select(0., 1., isAnyLive && ${isFirst});` : 'return live;'}
      }
      if (j == ${columnsOf(of).indexOf('live')} || !isLive) {
        return live;
      }`;
}

/** share (q − p)/N */
function gradientOf(of: Divergent, { inputs, declared }: MeanOfRows, share: number): tf.Tensor {
  const { clean, noisy, mask, head } = of;
  const { predict, difference } = headText[head];
  return launch({
    inputs: { clean, noisy, ...inputs },
    numbers: { share },
    shape: clean.shape,
    entry: `
      ${declared}
      ${mask ? 'if (live == 0.) { return 0.; }' : ''}
      int k = j;
      ${predict}
      return share * (${difference}) / counted;`,
  });
}
