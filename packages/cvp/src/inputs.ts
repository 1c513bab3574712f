import type * as tf from '@tensorflow/tfjs-core';
import { Checks, callback, flag, isTensorOf, number, oneOf, tensor } from '@toploss/core/kit';

export const check: Checks = new Checks('cvp');

/** Which parameters are decayed. */
export type Filter = (name: string, tensor: tf.Tensor) => boolean;

/** Biases and the gains of normalization layers are not decayed. */
export const isMatrix: Filter = (_name, tensor) => tensor.rank >= 2;

export interface GateOptions {
  /** Steepness β of the gate, > 0; default 50. `Infinity` is the hard gate s ≥ 0. */
  beta?: number;
  /**
   * `'cautious'` (default): decay where the step already moves the weight toward zero. `'expansion'`: where
   * the step moves the weight away from zero, as in toploss 0.1.0.
   */
  gate?: 'cautious' | 'expansion';
  /**
   * `'rms'` (default): s in units of its root mean square over the tensor, so that β has the same meaning
   * for every scale of weights and gradients. `'none'`: as toploss 0.1.0.
   */
  normalize?: 'rms' | 'none';
}

export interface CvpOptions extends GateOptions {
  /** Which parameters are decayed; by default tensors of rank ≥ 2. */
  filter?: Filter;
}

export const cvpRules = {
  beta: number('a number > 0', (x) => x > 0),
  gate: oneOf('cautious', 'expansion'),
  normalize: oneOf('rms', 'none'),
  filter: callback,
};

/** β with the sign of the gate, and whether s is in units of its root mean square. */
export function steepness({ beta = 50, gate = 'cautious', normalize = 'rms' }: GateOptions) {
  const isHard = beta === Number.POSITIVE_INFINITY;
  return {
    isHard,
    isNormalized: normalize === 'rms' && !isHard,
    beta: (gate === 'cautious' ? 1 : -1) * (isHard ? 1 : beta),
  };
}

/** The answer of the filter; a promise, of an `async` filter, would be as good as true. */
export function isDecayed({ filter = isMatrix }: CvpOptions, name: string, theta: tf.Tensor) {
  const answer = filter(name, theta);
  check.argument(`filter(${JSON.stringify(name)}, …)`, answer, flag);
  return answer;
}

/** Tensors by name, or in an array; then their names are '0', '1', … */
export type Tensors = tf.NamedTensorMap | readonly tf.Tensor[];
export type Gradients = Readonly<Record<string, tf.Tensor | null>> | readonly (tf.Tensor | null)[];

export interface Parameter {
  readonly name: string;
  readonly theta: tf.Tensor;
  /** The gradient; `null` if the caller says that there is none. */
  readonly grad: tf.Tensor | null;
}

/** Tensors under the names of the parameters. */
export const named = (
  parameters: readonly { readonly name: string }[],
  tensors: readonly tf.Tensor[],
): tf.NamedTensorMap => Object.fromEntries(parameters.map(({ name }, k) => [name, tensors[k]!]));

/**
 * Each parameter with its gradient, both under the same name and of the same shape. A gradient may be `null`
 * if it is `'optional'`, but not all of them.
 */
export function pair(
  params: Tensors,
  grads: Gradients,
  gradient: 'optional' | 'required' = 'optional',
): Parameter[] {
  check.object('params', params);
  check.object('grads', grads);
  const parameters: Parameter[] = [];
  for (const [name, theta] of Object.entries<tf.Tensor>(params as tf.NamedTensorMap)) {
    if (!tensor.allows(theta)) {
      check.argument(`params.${name}`, theta, tensor);
    }
    const grad = (grads as tf.NamedTensorMap)[name] as tf.Tensor | null;
    const isAbsent = grad === null && gradient === 'optional';
    if (!isAbsent && !isTensorOf(grad, theta.shape)) {
      check.tensor(`grads.${name}`, grad, theta.shape);
    }
    parameters.push({ name, theta, grad });
  }
  if (Object.keys(grads).length > parameters.length) {
    check.keys('grads', grads, params);
  }
  if (parameters.every(({ grad }) => grad === null)) {
    check.reject('grads', 'to hold at least one gradient', grads);
  }
  return parameters;
}
