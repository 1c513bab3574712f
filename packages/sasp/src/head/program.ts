import * as tf from '@tensorflow/tfjs-core';
import { byPrograms, launch } from '@toploss/core/kit';
import { headText } from './head-text.js';
import type { HeadInputs } from './inputs.js';
import type { HeadLoss, HeadLossOptions } from './loop.js';
import { type Head, numbersOf, readHead, rowsOf } from './row-program.js';

/** A thread loops over the labels and the features of an example. Longer loops outweigh the launches that they save. */
const LONGEST_LOOP = 1024;
const MOST_EXAMPLES = 4096;

/**
 * `headLossOfOperations` in four programs: the numbers of each example, and from them the value and both gradients. If
 * some examples may not count, a fifth counts the others.
 */
export function headLossByPrograms(
  inputs: HeadInputs,
  options: HeadLossOptions,
): HeadLoss | undefined {
  const [examples, classes] = inputs.logits.shape;
  const longest = Math.max(classes, inputs.features.shape[1]);
  return longest > LONGEST_LOOP || examples > MOST_EXAMPLES
    ? undefined
    : byPrograms('sasp.head', () => launchAll(inputs, options));
}

function launchAll(inputs: HeadInputs, options: HeadLossOptions) {
  const { logits, features } = inputs;
  const { loss, lambda } = options;
  if (!loss && lambda === 0) {
    const [dLogits, dFeatures] = [tf.zerosLike(logits), tf.zerosLike(features)];
    return { value: tf.scalar(0), dLogits, dFeatures };
  }
  const of = readHead(inputs, options);
  const rows = rowsOf(of);
  const n = of.labels.counts && sumOverRows(of, { rows }, numberOf(of, 'counts'));
  const read: Read = { rows, ...(n && { n }) };
  return {
    value: lossOf(of, read),
    dLogits: dLogitsOf(of, read),
    dFeatures: lambda === 0 ? tf.zerosLike(features) : dFeaturesOf(of, read),
  };
}

/** The numbers of each example, and the number `n` of those that count, if not all do. */
type Read = Readonly<Record<string, tf.Tensor>>;

/** The number of example i by that name. */
const numberOf = ({ columns }: Head, name: string) => `rows(0, i, ${columns.indexOf(name)})`;

/** The weight of an example in the mean. */
const shareOf = ({ inputs, labels }: Head) =>
  labels.counts === undefined ? `(1. / ${inputs.logits.shape[0]}.)` : '(1. / max(n(0, 0, 0), 1.))';

/** Σ share (ℓ + λ c S) */
function lossOf(of: Head, read: Read): tf.Scalar {
  const { loss, lambda } = of.options;
  const terms = [
    ...(loss ? [numberOf(of, 'loss')] : []),
    ...(lambda === 0 ? [] : [`lambda * ${numberOf(of, 'c')} * ${numberOf(of, 'S')}`]),
  ];
  return sumOverRows(of, read, terms.join(' + '), shareOf(of));
}

/** share (e + λ S ∂c/∂z) */
function dLogitsOf(of: Head, read: Read): tf.Tensor {
  const { logits, targets } = of.inputs;
  const { head, curvature, loss, lambda } = of.options;
  const { predict, [curvature]: ofCurvature } = headText[head];
  const terms = [
    ...(loss ? ['e'] : []),
    ...(lambda === 0 ? [] : [`lambda * S * (${ofCurvature.gradient})`]),
  ];
  return launch({
    inputs: { logits, targets, ...read },
    numbers: numbersOf(of),
    shape: logits.shape,
    entry: `
      ${unlessCounted(of)}
      int k = j;
      if (${of.labels.isMissing ?? 'false'}) {
        return 0.;
      }
      ${of.columns.map((name) => `float ${name} = ${numberOf(of, name)};`).join('\n')}
      float z = logits(0, i, k);
      float y = ${of.labels.y};
      ${predict}
      return ${shareOf(of)} * (${terms.join(' + ')});`,
  });
}

/** 2 λ share c h */
function dFeaturesOf(of: Head, read: Read): tf.Tensor {
  const { features } = of.inputs;
  return launch({
    inputs: { features, ...read },
    numbers: numbersOf(of),
    shape: features.shape,
    entry: `
      ${unlessCounted(of)}
      return 2. * lambda * ${shareOf(of)} * ${numberOf(of, 'c')} * features(0, i, j);`,
  });
}

/** 0 where the example does not count: padding may hold anything. */
const unlessCounted = (of: Head) =>
  of.labels.counts === undefined
    ? ''
    : `if (${numberOf(of, 'counts')} == 0.) {
        return 0.;
      }`;

/** So many terms in one sum: more in a row lose digits, and one thread waits for them. */
const BLOCK = 256;

/** Σ of a term over the examples i, times a factor. */
function sumOverRows(of: Head, read: Read, term: string, factor = '1.'): tf.Scalar {
  const count = of.inputs.logits.shape[0];
  const blocks = Math.ceil(count / BLOCK);
  const numbers = numbersOf(of);
  if (blocks === 1) {
    return launch({ inputs: read, numbers, shape: [], entry: sumOf(term, count, factor) });
  }
  const entry = sumOf(term, count, '1.');
  const inputs = { ...read, parts: launch({ inputs: read, numbers, shape: [blocks], entry }) };
  return launch({ inputs, shape: [], entry: sumOf('parts(0, 0, i)', blocks, factor) });
}

/** Σ of a term over block j of i < count, times a factor. */
const sumOf = (term: string, count: number, factor: string) => `
      float sum = 0.;
      for (int k = 0; k < ${Math.min(count, BLOCK)}; k++) {
        int i = j * ${BLOCK} + k;
        if (i < ${count}) {
          sum += ${term};
        }
      }
      return ${factor} * sum;`;
