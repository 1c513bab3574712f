import * as tf from '@tensorflow/tfjs-core';
import { gradientsOf, hostView, norm, reject } from '@toploss/core/kit';
import { named } from './gradient.js';

type Loss = () => tf.Tensor;

/**
 * Throws unless the loss has the same gradient twice: a difference of gradients would be that of two masks of dropout,
 * by a small ε. The value alone does not tell, as a last kernel of zeros hides the noise before it.
 *
 * @returns Whether they were the same; not so where they are no numbers.
 */
export function checkDeterministic(loss: Loss, params: tf.Variable[]): boolean {
  const first = () => gradientsOf('dmta', loss, params).grads;
  // Sums on a device may come in any order.
  const tolerance = hostView(params[0]!) === undefined ? 1e-5 : 0;
  const expected =
    'to have the same gradient in every call of a step: reuse the masks of dropout and the noise, or turn them off';
  return checkSame(loss, params, first, tolerance, expected);
}

/**
 * Throws unless g = ∇L: a forward difference from another gradient would be their difference, by a small ε.
 *
 * @returns As `checkDeterministic`.
 */
export function checkGradient(loss: Loss, params: tf.Variable[], g: readonly tf.Tensor[]): boolean {
  const given = () => named(params, g);
  const expected =
    "to be all that the gradients are of, for `difference: 'forward'`, and deterministic";
  return checkSame(loss, params, given, 1e-4, expected);
}

/** Waits for a device, which is why it is done once. */
function checkSame(
  loss: Loss,
  params: tf.Variable[],
  first: () => tf.NamedTensorMap,
  tolerance: number,
  expected: string,
): boolean {
  const [apart, allowed] = tf.tidy(() => {
    const [a, b] = [first(), gradientsOf('dmta', loss, params).grads];
    const differences = params.map(({ name }) => tf.sub(a[name]!, b[name]!));
    const both = tf.stack([norm(differences), tf.mul(tolerance, norm(Object.values(b)))]);
    return both.dataSync();
  }) as unknown as [number, number];
  if (apart > allowed) {
    reject('dmta', 'loss', expected, loss);
  }
  return apart <= allowed;
}
