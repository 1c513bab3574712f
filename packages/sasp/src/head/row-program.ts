import type * as tf from '@tensorflow/tfjs-core';
import { launch, returnsText, sumsText, type Text } from '@toploss/core/kit';
import { headText } from './head-text.js';
import type { HeadInputs } from './inputs.js';
import { type LabelText, labelText } from './label-text.js';
import type { HeadLossOptions } from './loop.js';

/** A head, and the numbers of each example that its programs read. */
export interface Head {
  readonly inputs: HeadInputs;
  readonly options: HeadLossOptions;
  readonly labels: LabelText;
  /** The sums over the labels of an example. */
  readonly sums: Readonly<Record<string, Text>>;
  /** The numbers of an example by name, in the order of their columns. */
  readonly columns: readonly string[];
}

export function readHead(inputs: HeadInputs, options: HeadLossOptions): Head {
  const labels = labelText(inputs, options.head);
  const { loss, lambda, curvature } = options;
  const text = headText[options.head];
  const sums = { ...(loss && { loss: text.loss }), ...(lambda !== 0 && text[curvature].sums) };
  const columns = [
    ...(labels.counts === undefined ? [] : ['counts']),
    ...(lambda === 0 ? [] : ['S']),
    ...(labels.label === undefined ? [] : ['label']),
    ...text.columns,
    ...Object.keys(sums),
  ];
  return { inputs, options, labels, sums, columns };
}

/** The numbers that programs read by name. */
export const numbersOf = ({ inputs, options }: Head): Record<string, number> => ({
  lambda: options.lambda,
  ...(inputs.ignoreLabel !== undefined && { ignoreLabel: inputs.ignoreLabel }),
});

/** [B, columns]. All numbers are 0 where the example does not count, whatever padding holds. */
export function rowsOf(of: Head): tf.Tensor {
  const { logits, features, targets, mask } = of.inputs;
  const { head, lambda } = of.options;
  const { columns, ofRow } = headText[head];
  const classes = logits.shape[1];
  return launch({
    inputs: { logits, targets, ...(lambda !== 0 && { features }), ...(mask && { mask }) },
    numbers: numbersOf(of),
    shape: [logits.shape[0], of.columns.length],
    entry: `
      ${ifCounted(of)}
      ${lambda === 0 ? '' : squaredLength(of)}
      ${of.labels.label === undefined ? '' : `${of.labels.label} ${returnsText(of.columns, ['label'])}`}
      ${ofRow(classes)}
      ${returnsText(of.columns, columns)}
      ${sumsOverLabels(of)}
      ${returnsText(of.columns, Object.keys(of.sums))}
      return 0.;`,
  });
}

const ifCounted = ({ labels: { counts } }: Head): Text =>
  counts === undefined
    ? ''
    : `${counts}
      if (j == 0) {
        return select(0., 1., counts);
      }
      if (!counts) {
        return 0.;
      }`;

/** S = ‖h‖² + 1 */
const squaredLength = ({ columns, options, inputs }: Head): Text => `
      if (j == ${columns.indexOf('S')}) {
        ${sumsText({ k: inputs.features.shape[1] }, { squares: 'h * h' }, 'float h = features(0, i, k);')}
        return squares + ${options.includeBias ? '1.' : '0.'};
      }`;

const sumsOverLabels = ({ inputs, options, sums, labels: { y, isMissing } }: Head): Text =>
  sumsText(
    { k: inputs.logits.shape[1] },
    sums,
    `
      if (${isMissing ?? 'false'}) {
        continue;
      }
      float z = logits(0, i, k);
      float y = ${y};
      ${headText[options.head].predict}`,
  );
