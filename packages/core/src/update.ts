import * as tf from '@tensorflow/tfjs-core';
import { checkTensor, reject } from './arguments.js';
import type { SortedTerms } from './sort-terms.js';

type Values = Record<string, tf.Scalar>;

/** g ← g + λ c(g, θ), each correction in its turn. */
export function correct(
  { corrections }: SortedTerms,
  gradients: tf.NamedTensorMap,
  theta: tf.NamedTensorMap,
  step: number,
): { grads: tf.NamedTensorMap; values: Values } {
  const values: Values = {};
  let grads = gradients;
  for (const term of corrections) {
    if ('valueAndCorrect' in term) {
      const corrected = term.valueAndCorrect(grads, theta, step);
      values[term.name] = corrected.value;
      grads = sameParameters(term.name, corrected.grads, theta);
    } else {
      grads = sameParameters(term.name, term.correct(grads, theta, step), theta);
    }
  }
  return { grads, values };
}

/** θ′ = optimizer(θ, g), and each decoupled term in its turn. Whatever can fail has been tried before θ moves. */
export function update(
  optimizer: Pick<tf.Optimizer, 'applyGradients'>,
  { decoupled }: SortedTerms,
  grads: tf.NamedTensorMap,
  theta: Readonly<Record<string, tf.Variable>>,
  step: number,
): Values {
  const before = Object.fromEntries(
    Object.entries(theta).map(([name, variable]) => [name, tf.clone(variable) as tf.Tensor]),
  );
  const updates = decoupled.map((term) => ({
    name: term.name,
    apply: term.decouple(before, learningRateOf(term.name, optimizer), step),
  }));

  optimizer.applyGradients(grads);

  const values: Values = {};
  for (const { name, apply } of updates) {
    const { value, params } = apply(theta);
    values[name] = value;
    for (const [parameter, variable] of Object.entries(theta)) {
      variable.assign(params[parameter] as tf.Tensor);
    }
  }
  return values;
}

function learningRateOf(where: string, optimizer: object): number {
  const rate = (optimizer as { learningRate?: unknown }).learningRate;
  if (!(typeof rate === 'number' && Number.isFinite(rate) && rate > 0)) {
    reject(where, 'optimizer.learningRate', 'to be a number > 0, for the decoupled step', rate);
  }
  return rate;
}

function sameParameters(
  where: string,
  grads: tf.NamedTensorMap,
  theta: tf.NamedTensorMap,
): tf.NamedTensorMap {
  for (const [name, { shape }] of Object.entries(theta)) {
    checkTensor(where, `grads.${name}`, grads[name], shape);
  }
  return grads;
}
