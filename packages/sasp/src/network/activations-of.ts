import { checkArgument, checkTensor, float32, reject } from '@toploss/core';
import { type Activation, type ActivationName, activations } from './activations.js';
import { type DenseLayer, isPool, type Layer, outputShape } from './layers.js';

export type ActivationOption =
  | ActivationName
  | Activation
  | readonly (ActivationName | Activation)[];

/**
 * The activation of every layer: φ for those with weights, from the option or from the layers themselves,
 * and none for a pool. The logits are linear.
 */
export function activationsOf(
  where: string,
  layers: readonly Layer[],
  option: ActivationOption | undefined,
): (Activation | undefined)[] {
  const hidden = layers.slice(0, -1).filter((layer) => !isPool(layer)).length;
  if (Array.isArray(option) && option.length !== hidden) {
    reject(where, 'activation', `to be one for each of the ${hidden} hidden layers`, option);
  }
  const last = layers.at(-1) as DenseLayer;
  if (![undefined, 'linear'].includes(last.activation as 'linear' | undefined)) {
    reject(
      where,
      `layers[${layers.length - 1}].activation`,
      'to be left out: the last layer makes the logits',
      last.activation,
    );
  }
  let count = 0;
  return layers.map((layer, l) => {
    if (isPool(layer) || l === layers.length - 1) {
      return undefined;
    }
    const common = Array.isArray(option) ? option[count] : option;
    count += 1;
    const own = layer.activation;
    if (common !== undefined && own !== undefined && own !== common) {
      reject(where, `layers[${l}].activation`, 'to be what the option `activation` says', own);
    }
    const activation = activationOf(
      where,
      own === undefined ? 'activation' : `layers[${l}].activation`,
      own ?? common,
    );
    if (activation.reads === 'preActivation') {
      const shape = [layer.input.shape[0], ...outputShape(layer)];
      checkTensor(where, `layers[${l}].preActivation`, layer.preActivation, shape);
      checkArgument(where, `layers[${l}].preActivation`, layer.preActivation, float32);
    }
    return activation;
  });
}

export function activationOf(where: string, name: string, value: unknown): Activation {
  if (typeof value === 'string' && Object.hasOwn(activations, value)) {
    return activations[value as ActivationName];
  }
  const { apply, slope } = (value ?? {}) as Partial<Activation>;
  if (typeof apply !== 'function' || typeof slope !== 'function') {
    const names = Object.keys(activations).map((known) => JSON.stringify(known));
    reject(where, name, `to be one of ${names.join(', ')}, or an Activation`, value);
  }
  return value as Activation;
}
