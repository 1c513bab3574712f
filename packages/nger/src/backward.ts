import * as tf from '@tensorflow/tfjs-core';
import { alias, type Operation, scalarOf } from '@toploss/core/kit';
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

/** A backward pass from a loss ℓ to a tensor x from which it is computed. */
export class BackwardPass {
  /** ∂ℓ/∂y for x and what is computed from x, by the id of y. */
  readonly #gradients = new Map<number, tf.Tensor>();
  readonly #byOthers = new Map<tf.Tensor, (() => tf.Tensor)[]>();
  /** The gradients that those by the others are computed from. */
  readonly #saved: (tf.Tensor | null)[][] = [];

  /**
   * @param argument The name of ℓ in errors.
   * @param fromX What the operations compute from x.
   */
  constructor(
    argument: string,
    loss: tf.Scalar,
    operations: readonly Operation[],
    fromX: ReadonlySet<number>,
  ) {
    this.#gradients.set(loss.id, scalarOf(1));
    for (let k = operations.length - 1; k >= 0; k--) {
      const { outputs } = operations[k]!;
      if (outputs.some(({ id }) => this.#gradients.has(id))) {
        this.#through(argument, operations[k]!, fromX);
      }
    }
  }

  /** ∂ℓ/∂x. */
  by(x: tf.Tensor): tf.Tensor {
    return this.#gradients.get(x.id)!;
  }

  /** What else the operations between x and ℓ read, such as parameters and labels. */
  get others(): tf.Tensor[] {
    return [...this.#byOthers.keys()];
  }

  /** ∂ℓ/∂y for one of the others. */
  byOther(y: tf.Tensor): tf.Tensor {
    const [first, ...rest] = this.#byOthers.get(y)!.map((gradient) => gradient());
    return rest.reduce((a, b) => tf.add(a, b), first!);
  }

  /** Keeps the tensors that `byOther` reads. The caller owns them. */
  keep(): tf.Tensor[] {
    for (const dys of this.#saved) {
      for (const [k, dy] of dys.entries()) {
        dys[k] = dy && tf.keep(alias(dy));
      }
    }
    return this.#saved.flat().filter((x) => x !== null);
  }

  #through(argument: string, operation: Operation, fromX: ReadonlySet<number>): void {
    const inputs = Object.entries(operation.inputs);
    const dys = operation.outputs.map(({ id }) => this.#gradients.get(id) ?? null);
    const gradients = gradientsOf(argument, operation, dys);
    for (const [name, input] of inputs) {
      if (fromX.has(input.id)) {
        const sum = this.#gradients.get(input.id);
        const gradient = tf.tidy(gradients(name));
        this.#gradients.set(input.id, sum === undefined ? gradient : tf.add(sum, gradient));
      }
    }
    const others = inputs.filter(([, { id }]) => !fromX.has(id));
    if (others.length > 0) {
      this.#saved.push(dys);
    }
    for (const [name, input] of others) {
      const parts = this.#byOthers.get(input) ?? [];
      this.#byOthers.set(input, [...parts, () => gradientsOf(argument, operation, dys)(name)()]);
    }
  }
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
