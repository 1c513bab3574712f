import type * as tf from '@tensorflow/tfjs-core';
import { launch } from '@toploss/core/kit';
import { headText } from './head-text.js';
import type { HeadInputs } from './inputs.js';
import { type LabelText, labelText } from './label-text.js';
import type { HeadLossOptions } from './loop.js';

/** A head, and the numbers of each example that its programs read. */
export interface Head {
  readonly inputs: HeadInputs;
  readonly options: HeadLossOptions;
  readonly labels: LabelText;
  /** The numbers of an example by name, in the order of their columns. */
  readonly columns: readonly string[];
}

export function readHead(inputs: HeadInputs, options: HeadLossOptions): Head {
  const labels = labelText(inputs, options.head);
  const columns = [
    ...(labels.counts === undefined ? [] : ['counts']),
    ...(options.lambda === 0 ? [] : ['S']),
    ...(labels.label === undefined ? [] : ['label']),
    ...headText[options.head].columns,
    ...Object.keys(sumsOf(options)),
  ];
  return { inputs, options, labels, columns };
}

/** The sums over the labels of an example. */
function sumsOf({ head, curvature, loss, lambda }: HeadLossOptions): Record<string, string> {
  const text = headText[head];
  return { ...(loss && { loss: text.loss }), ...(lambda !== 0 && text[curvature].sums) };
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
      ${of.labels.label === undefined ? '' : `${of.labels.label} ${returned(of, ['label'])}`}
      ${ofRow(classes)}
      ${returned(of, columns)}
      ${sumsOverLabels(of)}
      ${returned(of, Object.keys(sumsOf(of.options)))}
      return 0.;`,
  });
}

/** Returns the numbers of these names, in the threads of their columns. */
const returned = ({ columns }: Head, names: readonly string[]) =>
  names.map((name) => `if (j == ${columns.indexOf(name)}) { return ${name}; }`).join('\n');

const ifCounted = ({ labels: { counts } }: Head) =>
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
const squaredLength = (of: Head) => `
      if (j == ${of.columns.indexOf('S')}) {
        float S = ${of.options.includeBias ? '1.' : '0.'};
        for (int k = 0; k < ${of.inputs.features.shape[1]}; k++) {
          float h = features(0, i, k);
          S += h * h;
        }
        return S;
      }`;

function sumsOverLabels({ inputs, options, labels: { y, isMissing } }: Head): string {
  const sums = Object.entries(sumsOf(options));
  return `
      ${sums.map(([name]) => `float ${name} = 0.;`).join('\n')}
      for (int k = 0; k < ${inputs.logits.shape[1]}; k++) {
        if (!(${isMissing ?? 'false'})) {
          float z = logits(0, i, k);
          float y = ${y};
          ${headText[options.head].predict}
          ${sums.map(([name, term]) => `${name} += ${term};`).join('\n')}
        }
      }`;
}
