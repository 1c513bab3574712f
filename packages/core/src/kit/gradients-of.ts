import * as tf from '@tensorflow/tfjs-core';
import { Checks, callback } from './check.js';
import { onTape } from './on-tape.js';

/** L and ∂L/∂θ for each parameter. Throws if L doesn't reach a parameter. The caller owns the tensors. */
export function gradientsOf(
  where: string,
  loss: () => tf.Tensor,
  params: readonly tf.Variable[],
): { value: tf.Scalar; grads: tf.NamedTensorMap } {
  const check: Checks = new Checks(where);
  check.argument('loss', loss, callback);
  const scalar = () => {
    const value = loss();
    check.tensor('loss', value, []);
    return value as tf.Scalar;
  };
  return tf.tidy(() => {
    // `tf.variableGrads` does the same, but throws its own error if the loss reaches no parameter.
    const { value, grads } = onTape(scalar, (f) =>
      tf.engine().gradients(f, [...params], undefined, true),
    );
    const unreached = params.find((_, k) => grads[k] == null);
    if (unreached !== undefined) {
      check.reject('params', 'to be reached by the loss', unreached.name);
    }
    const named = params.map(({ name }, k) => [name, grads[k]!]);
    return { value, grads: Object.fromEntries(named) };
  });
}

/** ∂L/∂x for the inputs that L reaches. Call it while the tape of L is open. */
export const reachedGradients = (loss: tf.Scalar, inputs: tf.Tensor[]): tf.Tensor[] =>
  tf
    .engine()
    .gradients(() => loss, inputs, undefined, true)
    .grads.filter((grad) => grad != null);

/** Throws unless `params` are distinct trainable variables, registered in tfjs under their names. */
export function checkVariables(where: string, params: unknown): asserts params is tf.Variable[] {
  const check: Checks = new Checks(where);
  if (!Array.isArray(params) || params.length === 0) {
    check.reject('params', 'to be a non-empty array of variables', params);
  }
  const frozen = params.find((variable) => variable instanceof tf.Variable && !variable.trainable);
  if (frozen !== undefined) {
    check.reject('params', 'to be trainable variables', frozen);
  }
  checkRegistered(where, params);
}

export const isRegistered = (variable: tf.Variable): boolean =>
  tf.engine().registeredVariables[variable.name] === variable;

/** Throws unless `params` are distinct variables, registered in tfjs under their names. */
export function checkRegistered(where: string, params: readonly unknown[]): void {
  const check: Checks = new Checks(where);
  for (const variable of params) {
    if (!(variable instanceof tf.Variable)) {
      check.reject('params', 'to be trainable variables', variable);
    }
    if (!isRegistered(variable)) {
      const expected = `to be registered under their names, and '${variable.name}' is not`;
      check.reject('params', expected, variable);
    }
  }
  if (new Set(params).size < params.length) {
    const names = params.map((variable) => (variable as tf.Variable).name);
    check.reject('params', 'to be distinct', names.join(', '));
  }
}
