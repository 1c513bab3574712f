import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { lossesAndProxies, type Nger, nger, ntkProxies } from '@toploss/nger';
import { type Arms, adam, batchOf, type Size } from './arms.js';
import { networkOf } from './network.js';

/** Two tasks of one trunk: the class, and a number. */
export function taskArms(size: Size): Arms {
  const { x, oneHot } = batchOf(size);
  const y = tf.randomNormal([size.batch, 1], 0, 1, 'float32', 5);
  const [width, classes] = size.widths.slice(-2) as [number, number];
  type Heads = (features: tf.Tensor2D) => tf.Scalar[];
  const make = (
    lossOf: (heads: Heads, features: tf.Tensor2D) => { loss: tf.Scalar },
    terms: ReturnType<typeof nger>[],
  ) => {
    const trunk = networkOf(size.widths.slice(0, -1));
    const [toLogits, toNumber] = [networkOf([width, classes]), networkOf([width, 1])];
    const heads: Heads = (features) => [
      tf.losses.softmaxCrossEntropy(oneHot, toLogits.forward(features).logits),
      tf.losses.meanSquaredError(y, toNumber.forward(features).logits),
    ];
    const params = [trunk, toLogits, toNumber].flatMap(({ params }) => params);
    const step = trainStep({ optimizer: adam(), params, terms }) as (f: () => object) => object;
    return () => {
      tf.dispose(step(() => lossOf(heads, tf.relu(trunk.forward(x).logits))) as tf.TensorContainer);
    };
  };
  const weighted = (
    inputsOf: (heads: Heads, features: tf.Tensor2D) => Parameters<Nger['loss']>[0],
  ) => {
    const weighting = nger({ tasks: 2 });
    return make(
      (heads, features) => {
        const inputs = inputsOf(heads, features);
        return { loss: weighting.loss(inputs), ...inputs };
      },
      [weighting],
    );
  };
  return {
    'equal weights': make((heads, features) => ({ loss: tf.addN(heads(features)) }), []),
    NGER: weighted(lossesAndProxies),
    'NGER, ntkProxies': weighted((heads, features) => {
      const taskLosses = heads(features);
      return { taskLosses, ntkProxies: ntkProxies(() => taskLosses, features) };
    }),
  };
}
