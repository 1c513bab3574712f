import * as tf from '@tensorflow/tfjs-core';
import { finiteEntries, hostView, rejectNotFinite } from '@toploss/core/kit';

/** g, whose entries are finite: refused where that can be seen, and made so where it cannot. */
export function finite(name: string, grad: tf.Tensor, instead: tf.Tensor): tf.Tensor {
  const values = hostView(grad);
  if (values === undefined) {
    return tf.where(finiteEntries(grad), grad, instead);
  }
  let zero = 0; // x·0, or NaN where x is not finite
  for (let k = 0; k < values.length; k++) {
    zero += values[k]! * 0;
  }
  if (zero !== 0) {
    const bad = values.find((x: number) => !Number.isFinite(x));
    rejectNotFinite('dmta', `grads.${name}`, 'to be finite', bad);
  }
  return grad;
}
