import type * as tf from '@tensorflow/tfjs-core';
import { checkArgument, checkObject, checkTensor, flag, reject, tensor } from '@toploss/core/kit';

/** Which parameters are decayed. */
export type Filter = (name: string, tensor: tf.Tensor) => boolean;

/** Biases and the gains of normalization layers are not decayed. */
export const isMatrix: Filter = (_name, tensor) => tensor.rank >= 2;

/** What the filter says; a promise, of an `async` filter, would be as good as true. */
export function isDecayed(filter: Filter, name: string, theta: tf.Tensor): boolean {
  const answer = filter(name, theta);
  checkArgument('cvp', `filter(${JSON.stringify(name)}, …)`, answer, flag);
  return answer;
}

/** Tensors by name, or in a row; then their names are '0', '1', … */
export type Tensors = tf.NamedTensorMap | readonly tf.Tensor[];
export type Gradients = Readonly<Record<string, tf.Tensor | null>> | readonly (tf.Tensor | null)[];

export interface Parameter {
  readonly name: string;
  readonly theta: tf.Tensor;
  /** The gradient; `null` where the caller says that there is none. */
  readonly grad: tf.Tensor | null;
}

/** θ with their names. */
export function checkThetas(params: unknown): [string, tf.Tensor][] {
  checkObject('cvp', 'params', params);
  const thetas = Object.entries(params);
  for (const [name, theta] of thetas) {
    if (!tensor.allows(theta)) {
      reject('cvp', `params.${name}`, tensor.expected, theta);
    }
  }
  return thetas;
}

/**
 * Each parameter with its gradient, both under the same name and of the same shape. A gradient may be `null`
 * where it is `'optional'`; all of them being so is a mistake, and so is one that was left out.
 */
export function pair(
  params: Tensors,
  grads: Gradients,
  gradient: 'optional' | 'required' = 'optional',
): Parameter[] {
  const thetas = checkThetas(params);
  checkObject('cvp', 'grads', grads);
  const gradients = new Map(Object.entries(grads));
  const parameters = thetas.map(([name, theta]) => {
    const grad = gradients.get(name);
    if (grad !== null || gradient === 'required') {
      checkTensor('cvp', `grads.${name}`, grad, theta.shape);
    }
    return { name, theta, grad: grad as tf.Tensor | null };
  });
  for (const name of gradients.keys()) {
    if (!Object.hasOwn(params, name)) {
      reject(
        'cvp',
        'grads',
        `to have keys among ${thetas.map(([known]) => known).join(', ')}`,
        name,
      );
    }
  }
  if (parameters.every(({ grad }) => grad === null)) {
    reject('cvp', 'grads', 'to hold at least one gradient', grads);
  }
  return parameters;
}
