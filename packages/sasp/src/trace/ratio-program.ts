import * as tf from '@tensorflow/tfjs-core';
import {
  byPrograms,
  type Head,
  launch,
  log1pText,
  returnsText,
  sumsText,
  type Text,
  type WithPullback,
} from '@toploss/core/kit';
import { classText, isSmall } from './class-sums.js';
import { matrixOf } from './quadratic-program.js';
import { formGradientText, formText } from './quadratic-text.js';
import { LEAST_SIGNAL, mostNats, type Predictions } from './ratio-loop.js';

/** Δ of V; 0 for a masked class. */
const DELTA = 'select(logits(0, i, k), 0., logits(0, i, k) < -3.4e38)';

/**
 * The ratio of the trace to the signal: a program each for the numbers of the rows, for their sums, for the numbers of the
 * batch, for the value and for both gradients.
 */
export function ratioByPrograms(predictions: Predictions, T: tf.Scalar): WithPullback | undefined {
  const { head, counts } = predictions;
  const logits = matrixOf(predictions.logits);
  const [N, C] = logits.shape;
  if (!isSmall(N, C)) {
    return undefined;
  }
  return byPrograms('sasp.ratio', () => {
    const rows = rowsOf(head, logits, counts && tf.reshape(counts, [N]));
    const numbers = numbersOf(head, sumsOf(rows), T);
    return {
      value: numberAt(numbers, 0),
      saved: [logits, numbers],
      pullback: (dy: tf.Scalar, [logits, numbers]: tf.Tensor[]) => {
        const byLogits = launch({
          inputs: { logits: logits!, numbers: numbers!, dy },
          shape: [N, C],
          entry: `
            ${formGradientText(head, C, DELTA)}
            return dy(0, 0, 0) * numbers(0, 0, 2) * (byLogits + byDelta);`,
        });
        return [numberAt(numbers!, 1, dy), tf.reshape(byLogits, predictions.logits.shape)];
      },
    };
  });
}

const numberAt = (numbers: tf.Tensor, k: number, dy?: tf.Scalar): tf.Scalar =>
  launch({
    inputs: { numbers, ...(dy && { dy }) },
    shape: [],
    entry: `return ${dy ? 'dy(0, 0, 0) * ' : ''}numbers(0, 0, ${k});`,
  });

/** p, and behind it the form of V, the entropy, and 1: [N, C + 3]. All are 0 in the rows that do not count. */
function rowsOf(head: Head, logits: tf.Tensor2D, counts: tf.Tensor | undefined): tf.Tensor2D {
  const [N, C] = logits.shape;
  return launch({
    inputs: { logits, ...(counts && { counts }) },
    shape: [N, C + 3],
    entry: `
      ${counts === undefined ? '' : 'if (counts(0, 0, i) == 0.) { return 0.; }'}
      if (j == ${C + 2}) {
        return 1.;
      }
      ${formText(head, C, DELTA)}
      ${sumsText({ k: C }, { entropy: nats[head]('p', 'q') }, classText(head))}
      if (j == ${C}) {
        return form;
      }
      if (j == ${C + 1}) {
        return entropy;
      }
      int k = j;
      ${classText(head)}
      return ${head === 'linear' ? '0.' : 'p'};`,
  });
}

/** Of each column. */
const sumsOf = (rows: tf.Tensor2D): tf.Tensor =>
  launch({
    inputs: { rows },
    shape: [rows.shape[1]],
    entry: `${sumsText({ k: rows.shape[0] }, { sum: 'rows(0, k, j)' })} return sum;`,
  });

/** Φ, ∂Φ/∂T, and what the gradient of the rows' forms in V is multiplied by. */
function numbersOf(head: Head, sums: tf.Tensor, T: tf.Scalar): tf.Tensor {
  const C = sums.size - 3;
  return launch({
    inputs: { sums, T },
    shape: [3],
    entry: `
      float n = max(sums(0, 0, ${C + 2}), 1.);
      float V = sums(0, 0, ${C}) / n + ${LEAST_SIGNAL};
      ${head === 'linear' ? 'float gamma = 1.;' : gammaText(head, C)}
      float t = T(0, 0, 0);
      float ratio = 100. * t / V;
      float byT = 50. * gamma / (V + 100. * t);
      float byV = -byT * t / V / n;
      ${log1pText('logRatio', 'ratio')}
      float phi = gamma * 0.5 * logRatio;
      ${returnsText(['phi', 'byT', 'byV'])}
      return 0.;`,
  });
}

/** Only rounding makes the difference of the entropies negative. */
const gammaText = (head: Head, C: number): Text => `
      ${sumsText({ k: C }, { nats: nats[head]('mean', '(1. - mean)') }, 'float mean = sums(0, 0, k) / n;')}
      float ofMean = nats / ${mostNats[head](C)};
      float h = sums(0, 0, ${C + 1}) / n / ${mostNats[head](C)};
      float gamma = max(ofMean - h, 0.) * h / (h + 0.25);`;

/** −p ln p */
const natsOf = (p: Text): Text => `select(0., -${p} * log(max(${p}, 1e-30)), ${p} > 0.)`;

/** The entropy that a class adds. */
const nats: Readonly<Record<Head, (p: Text, q: Text) => Text>> = {
  softmax: natsOf,
  sigmoid: (p, q) => `${natsOf(p)} + ${natsOf(q)}`,
  linear: () => '0.',
};
