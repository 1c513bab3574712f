import * as tf from '@tensorflow/tfjs-core';
import { saspCrossEntropy, saspPenalty } from '@toploss/sasp';
import { type Arms, batchOf, type Size } from './arms.js';

type Loss = (logits: tf.Tensor2D, features: tf.Tensor2D) => tf.Tensor;

/** SASP as one would write it: the operations of its formula, differentiated by tfjs. */
export function naiveSasp(logits: tf.Tensor, features: tf.Tensor, oneHot: tf.Tensor): tf.Tensor {
  const error = tf.sub(tf.softmax(logits), oneHot);
  const size = tf.add(tf.sum(tf.square(features), 1), 1);
  return tf.mean(tf.mul(tf.sum(tf.square(error), 1), size));
}

/** The loss of the head alone, forward and backward. */
export function headArms(size: Size): Arms {
  const { losses, naive, ours } = armsOf(size);
  return {
    'tf.losses': losses,
    'ours, λ = 0': ours({ lambda: 0 }),
    'SASP, by operations': naive,
    'SASP, fisher': ours({ lambda: 0.1 }),
    'SASP, hessian': ours({ lambda: 0.1, curvature: 'hessian' }),
  };
}

/** Beside our own cross-entropy. */
export function ownHeadArms(size: Size): Arms {
  const { ours, composed } = armsOf(size);
  return {
    'ours, λ = 0': ours({ lambda: 0 }),
    'SASP, fisher': ours({ lambda: 0.1 }),
    'SASP, hessian': ours({ lambda: 0.1, curvature: 'hessian' }),
    'cross-entropy + saspPenalty': composed,
  };
}

function armsOf({ widths, batch }: Size) {
  const [D, C] = widths.slice(-2) as [number, number];
  const { targets, oneHot } = batchOf({ widths: [D, C], batch });
  const logits = tf.randomNormal<tf.Rank.R2>([batch, C], 0, 1, 'float32', 3);
  const features = tf.randomNormal<tf.Rank.R2>([batch, D], 0, 1, 'float32', 4);
  const backward = (loss: Loss, inputs: tf.Tensor[] = [logits, features]) => {
    const gradients = tf.valueAndGrads(loss as (...inputs: tf.Tensor[]) => tf.Tensor);
    return () => {
      tf.dispose(gradients(inputs));
    };
  };
  const crossEntropy: Loss = (z) => tf.losses.softmaxCrossEntropy(oneHot, z);
  const plus = (penalty: Loss): Loss => {
    return (z, h) => tf.add(crossEntropy(z, h), tf.mul(0.1, penalty(z, h)));
  };
  return {
    losses: backward(crossEntropy, [logits]),
    naive: backward(plus((z, h) => naiveSasp(z, h, oneHot))),
    composed: backward((z, h) =>
      tf.add(
        saspCrossEntropy(z, h, targets, { lambda: 0 }),
        tf.mul(0.1, saspPenalty(z, h, targets)),
      ),
    ),
    ours: (options: Parameters<typeof saspCrossEntropy>[3]) =>
      backward((z, h) => saspCrossEntropy(z, h, targets, options)),
  };
}
