import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';

const LAMBDA = 0.5;
const RATE = 0.01;

const decay = { lambda: LAMBDA, filter: () => true };

/** Ways to decay under an optimizer that divides by its second moment. */
export const DECAYS = {
  'L2 in the loss': (theta: tf.Variable) => [
    {
      name: 'L2',
      penalty: () => tf.mul(LAMBDA / 2, tf.sum(tf.square(theta))) as tf.Scalar,
    },
  ],
  'CVP, expansion gate, in the loss': () => [cvp({ ...decay, gate: 'expansion' })],
  'CVP, cautious gate, in the loss': () => [cvp(decay)],
  'CVP, cautious gate, decoupled': () => [cvp({ ...decay, decoupled: true })],
} satisfies Record<string, (theta: tf.Variable) => Parameters<typeof trainStep>[0]['terms']>;

export type DecayName = keyof typeof DECAYS;

/** θ under Adam on ½(θ − 1)², at the start and after every hundredth part of the steps. */
export function underAdam(name: DecayName, start: number, steps: number): number[] {
  const theta = tf.tidy(() => tf.variable(tf.tensor1d([start])));
  const optimizer = tf.train.adam(RATE, 0.9, 0.999, 1e-7);
  const step = trainStep({ optimizer, params: [theta], terms: DECAYS[name](theta) });
  const loss = () => ({ loss: tf.mul(0.5, tf.sum(tf.square(tf.sub(theta, 1)))) as tf.Scalar });
  const path = [theta.dataSync()[0] as number];
  for (let k = 1; k <= steps; k++) {
    tf.dispose(step(loss as never));
    if (k % Math.ceil(steps / 100) === 0) {
      path.push(theta.dataSync()[0] as number);
    }
  }
  optimizer.dispose();
  theta.dispose();
  return path;
}
