import * as tf from '@tensorflow/tfjs-core';
import {
  byPrograms,
  launch,
  type MeanOfRows,
  MOST_ROWS,
  meanOfRows,
  type Text,
} from '@toploss/core/kit';
import { headText } from './head-text.js';
import type { HeadInputs } from './inputs.js';
import type { HeadLoss, HeadLossOptions } from './loop.js';
import { type Head, numbersOf, readHead, rowsOf } from './row-program.js';

/** A thread loops over the labels and the features of an example. Longer loops outweigh the launches that they save. */
const LONGEST_LOOP = 1024;

/**
 * `headLossOfOperations` in four programs: the numbers of each example, and from them the value and both gradients. If
 * some examples may not count, or with more than 256, a fifth adds up first.
 */
export function headLossByPrograms(
  inputs: HeadInputs,
  options: HeadLossOptions,
): HeadLoss | undefined {
  const [examples, classes] = inputs.logits.shape;
  const longest = Math.max(classes, inputs.features.shape[1]);
  return longest > LONGEST_LOOP || examples > MOST_ROWS
    ? undefined
    : byPrograms('sasp.head', () => launchAll(inputs, options));
}

function launchAll(inputs: HeadInputs, options: HeadLossOptions): HeadLoss {
  const { logits, features } = inputs;
  const { loss, lambda } = options;
  if (!loss && lambda === 0) {
    const [dLogits, dFeatures] = [tf.zerosLike(logits), tf.zerosLike(features)];
    return { value: tf.scalar(0), dLogits, dFeatures };
  }
  const of = readHead(inputs, options);
  const mean = meanOfRows({
    rows: rowsOf(of),
    columns: of.columns,
    term: termsOf(options, 'loss', 'c * S'),
    total: logits.shape[0],
    numbers: numbersOf(of),
  });
  return {
    value: mean.value,
    dLogits: dLogitsOf(of, mean),
    dFeatures: lambda === 0 ? tf.zerosLike(features) : dFeaturesOf(of, mean),
  };
}

/** What the loss adds, and λ of what the trace adds. */
const termsOf = ({ loss, lambda }: HeadLossOptions, ofLoss: Text, ofTrace: Text): Text =>
  [...(loss ? [ofLoss] : []), ...(lambda === 0 ? [] : [`lambda * ${ofTrace}`])].join(' + ');

/** share (e + λ S ∂c/∂z) */
function dLogitsOf(of: Head, { inputs, declared }: MeanOfRows): tf.Tensor {
  const { logits, targets } = of.inputs;
  const { predict, [of.options.curvature]: curvature } = headText[of.options.head];
  return launch({
    inputs: { logits, targets, ...inputs },
    numbers: numbersOf(of),
    shape: logits.shape,
    entry: `
      ${declared}
      ${unlessCounted(of)}
      int k = j;
      if (${of.labels.isMissing ?? 'false'}) {
        return 0.;
      }
      float z = logits(0, i, k);
      float y = ${of.labels.y};
      ${predict}
      return (${termsOf(of.options, 'e', `S * (${curvature.gradient})`)}) / counted;`,
  });
}

/** 2 λ share c h */
function dFeaturesOf(of: Head, { inputs, declared }: MeanOfRows): tf.Tensor {
  const { features } = of.inputs;
  return launch({
    inputs: { features, ...inputs },
    numbers: numbersOf(of),
    shape: features.shape,
    entry: `
      ${declared}
      ${unlessCounted(of)}
      return 2. * lambda * c * features(0, i, j) / counted;`,
  });
}

/** 0 where the example does not count: padding may hold anything. */
const unlessCounted = ({ columns }: Head): Text =>
  columns.includes('counts') ? 'if (counts == 0.) { return 0.; }' : '';
