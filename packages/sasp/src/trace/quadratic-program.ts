import * as tf from '@tensorflow/tfjs-core';
import {
  byPrograms,
  type Head,
  launch,
  sumsText,
  type Text,
  type WithPullback,
} from '@toploss/core/kit';
import { isSmall } from './class-sums.js';
import { formGradientText, formText } from './quadratic-text.js';

/** A matrix with a row for each vector of classes. */
export function matrixOf(x: tf.Tensor): tf.Tensor2D {
  const classes = x.shape.at(-1) as number;
  return x.rank === 2 ? (x as tf.Tensor2D) : tf.reshape(x, [x.size / classes, classes]);
}

/** Of the class k. Masked classes are −∞ in both. */
const DELTA =
  'select((moved(0, i, k) - logits(0, i, k)) / sigma, 0., moved(0, i, k) == logits(0, i, k))';

/** The mean of ΔᵀAΔ: a program for the rows, one for their mean, and one for each gradient. */
export function quadraticByPrograms(
  head: Head,
  logits: tf.Tensor,
  moved: tf.Tensor,
  sigma: number,
): WithPullback | undefined {
  const [z, zMoved] = [matrixOf(logits), matrixOf(moved)];
  const [N, C] = z.shape;
  if (!isSmall(N, C)) {
    return undefined;
  }
  const numbers = { sigma };
  const gradient = (inputs: Record<string, tf.Tensor>, term: Text) =>
    tf.reshape(
      launch({
        inputs,
        numbers,
        shape: [N, C],
        entry: `
          ${formGradientText(head, C, DELTA)}
          return dy(0, 0, 0) * (${term}) / ${N}.;`,
      }),
      logits.shape,
    );
  return byPrograms('sasp.quadratic', () => {
    const read = { logits: z, moved: zMoved };
    const entry = `${formText(head, C, DELTA)} return form;`;
    const forms = launch({ inputs: read, numbers, shape: [N, 1], entry });
    return {
      value: launch<tf.Scalar>({
        inputs: { forms },
        shape: [],
        entry: `${sumsText({ k: N }, { sum: 'forms(0, k, 0)' })} return sum / ${N}.;`,
      }),
      saved: [z, zMoved],
      pullback: (dy: tf.Scalar, [logits, moved]: tf.Tensor[]) => {
        const inputs = { logits: logits!, moved: moved!, dy };
        return [
          gradient(inputs, 'byLogits - byDelta / sigma'),
          gradient(inputs, 'byDelta / sigma'),
        ];
      },
    };
  });
}
