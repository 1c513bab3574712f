import * as tf from '@tensorflow/tfjs-core';
import { byPrograms, closedForm, type Head, launch, withPullback } from '@toploss/core/kit';
import type { Text } from '../head/head-text.js';
import { isSmall } from './class-sums.js';
import { formGradientText, formText } from './quadratic-text.js';

/** A value, and the gradients that are asked for, as programs. */
export interface Found {
  readonly value: tf.Scalar;
  readonly saved: tf.Tensor[];
  pullback(dy: tf.Scalar, saved: tf.Tensor[]): tf.Tensor[];
}

/** f by programs, whose gradients are computed when they are asked for; else with gradients at once. */
export function differentiated(
  inputs: readonly tf.Tensor[],
  programs: () => Found | undefined,
  others: () => { value: tf.Scalar; grads: tf.Tensor[] },
): tf.Scalar {
  if (!['webgl', 'webgpu'].includes(tf.getBackend())) {
    return closedForm(inputs, others);
  }
  return withPullback(inputs, () => programs() ?? saving(others()));
}

/** The backends on which the gradient of a formula was launched, by its name. */
const launched: Record<string, WeakSet<object>> = {};

/** `byPrograms` that decides for the programs of the gradient, too: the first call launches them once. */
export const byProgramsBothWays = (name: string, f: () => Found): Found | undefined =>
  byPrograms(name, () => {
    const found = f();
    launched[name] ??= new WeakSet();
    if (!launched[name].has(tf.backend())) {
      tf.tidy(() => {
        found.pullback(found.value, found.saved);
      });
      launched[name].add(tf.backend());
    }
    return found as Found & tf.TensorContainer;
  });

const saving = ({ value, grads }: { value: tf.Scalar; grads: tf.Tensor[] }): Found => ({
  value,
  saved: grads,
  pullback: (dy, grads) => grads.map((grad) => tf.mul(dy, grad)),
});

/** A matrix with a row for each vector of classes. */
export function matrixOf(x: tf.Tensor): tf.Tensor2D {
  const classes = x.shape.at(-1) as number;
  return x.rank === 2 ? (x as tf.Tensor2D) : tf.reshape(x, [x.size / classes, classes]);
}

const meanOf = (column: string, rows: number): Text => `
  float sum = 0.;
  for (int r = 0; r < ${rows}; r++) {
    sum += ${column}(0, r, 0);
  }
  return sum / ${rows}.;`;

/** The mean of ΔᵀAΔ: a program for the rows, one for their mean, and one for each gradient. */
export function quadraticByPrograms(
  head: Head,
  logits: tf.Tensor,
  moved: tf.Tensor,
  sigma: number,
): Found | undefined {
  const [z, zMoved] = [matrixOf(logits), matrixOf(moved)];
  const [N, C] = z.shape;
  if (!isSmall(N, C)) {
    return undefined;
  }
  const numbers = { sigma };
  // Masked classes are −∞ in both.
  const delta =
    'select((moved(0, i, k) - logits(0, i, k)) / sigma, 0., moved(0, i, k) == logits(0, i, k))';
  const gradient = (inputs: Record<string, tf.Tensor>, term: Text) =>
    tf.reshape(
      launch({
        inputs,
        numbers,
        shape: [N, C],
        entry: `
          ${formGradientText(head, C, delta)}
          return dy(0, 0, 0) * (${term}) / ${N}.;`,
      }),
      logits.shape,
    );
  return byProgramsBothWays('sasp.quadratic', () => {
    const read = { logits: z, moved: zMoved };
    const entry = `${formText(head, C, delta)} return form;`;
    const forms = launch({ inputs: read, numbers, shape: [N, 1], entry });
    return {
      value: launch<tf.Scalar>({ inputs: { forms }, shape: [], entry: meanOf('forms', N) }),
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
