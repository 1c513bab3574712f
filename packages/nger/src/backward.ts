import * as tf from '@tensorflow/tfjs-core';
import { alias, type Operation, record, scalarOf, scaled } from '@toploss/core/kit';
import { check } from './inputs.js';

/** The tensors that these operations compute from x, by id; x too. */
export function computedFrom(x: tf.Tensor, operations: readonly Operation[]): ReadonlySet<number> {
  const ids = new Set([x.id]);
  for (const { inputs, outputs } of operations) {
    if (Object.values(inputs).some(({ id }) => ids.has(id))) {
      for (const { id } of outputs) {
        ids.add(id);
      }
    }
  }
  return ids;
}

/**
 * A backward pass from a loss ℓ to a tensor x, whose gradients the tape reuses: they are scaled where a second pass would
 * compute them again.
 *
 * @param argument The name of ℓ in errors.
 * @param fromX What the operations compute from x, ℓ among it.
 * @returns ∂ℓ/∂x; and ℓ, recorded as an operation on x and on what else the pass reads, such as parameters and labels.
 */
export function withGradients(
  argument: string,
  loss: tf.Scalar,
  x: tf.Tensor,
  operations: readonly Operation[],
  fromX: ReadonlySet<number>,
): { gradient: tf.Tensor; loss: tf.Scalar } {
  const result = alias<tf.Scalar>(loss);
  const gradients = new Map<number, tf.Tensor>([[loss.id, scalarOf(1)]]);
  for (const operation of [...operations].reverse()) {
    const dys = operation.outputs.map(({ id }) => gradients.get(id) ?? null);
    if (dys.every((dy) => dy === null)) {
      continue;
    }
    const inputs = Object.entries(operation.inputs);
    const gradientBy = gradientsOf(argument, operation, dys);
    for (const [name, { id }] of inputs.filter(([, { id }]) => fromX.has(id))) {
      const [sum, part] = [gradients.get(id), tf.tidy(gradientBy(name))];
      gradients.set(id, sum === undefined ? part : tf.add(sum, part));
    }
    const others = inputs.filter(([, { id }]) => !fromX.has(id));
    if (others.length > 0) {
      const kept = dys.map((dy) => dy && tf.keep(alias(dy)));
      const saved = kept.filter((dy) => dy !== null);
      const tensors = others.map(([, y]) => y);
      record(tensors, result, saved, (dy) => {
        const gradientBy = gradientsOf(argument, operation, kept);
        return others.map(
          ([name]) =>
            () =>
              scaled(dy as tf.Scalar, gradientBy(name)()),
        );
      });
    }
  }
  const gradient = tf.keep(alias(gradients.get(x.id)!));
  record([x], result, [gradient], (dy) => [() => scaled(dy as tf.Scalar, gradient)]);
  return { gradient, loss: result };
}

/** ∂ℓ/∂input by the name of the input, from ∂ℓ/∂output for each output. */
function gradientsOf(
  argument: string,
  { gradient, kernelName }: Operation,
  dys: (tf.Tensor | null)[],
): (input: string) => () => tf.Tensor {
  const gradients = gradient?.(dys);
  return (input) =>
    gradients?.[input] ??
    check.reject(argument, 'to be computed by operations that have gradients', kernelName);
}
