import * as tf from '@tensorflow/tfjs-core';
import { type Term, trainStep } from '@toploss/core';
import { cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { type Method, stepOf } from '@toploss/experiments/classification/methods';
import type { Network } from '@toploss/experiments/classification/network';
import { saspCrossEntropy } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { type Arms, adam, batchOf, type Size } from './arms.js';
import { naiveSasp } from './head.js';
import { networkOf } from './network.js';

interface Outputs {
  logits: tf.Tensor2D;
  features: tf.Tensor2D;
}

interface Model<X extends tf.Tensor> {
  params: tf.Variable[];
  forward: (x: X) => Outputs;
}

/** Whole steps with Adam, for every penalty a network of its own. */
export function stepArms(size: Size): Arms {
  const { x, targets, oneHot } = batchOf(size);
  const peer = (method: Method) => {
    const network = networkOf(size.widths) as Network;
    const step = stepOf(method, { network, optimizer: adam(), rate: 1e-4, seed: 1 });
    return () => step.take({ x, y: oneHot });
  };
  const { plain, ...ours } = penaltyArms(() => networkOf(size.widths), { x, targets, oneHot });
  return {
    plain,
    L2: peer({ name: 'L2', lambda: 1e-3 }),
    SAM: peer({ name: 'SAM', rho: 0.1 }),
    ...ours,
  };
}

/** A convolution of 8 kernels of 3×3 on 28×28, pooled, then 32 units and 10 classes. */
export function convolutionArms(batch: number): Arms {
  const { targets, oneHot } = batchOf({ widths: [1, 10], batch });
  const x = tf.randomNormal<tf.Rank.R4>([batch, 28, 28, 1], 0, 1, 'float32', 2);
  const create = (): Model<tf.Tensor4D> => {
    const kernel = tf.variable(tf.randomNormal<tf.Rank.R4>([3, 3, 1, 8], 0, 0.3, 'float32', 7));
    const { params, forward } = networkOf([13 * 13 * 8, 32, 10]);
    return {
      params: [kernel, ...params],
      forward: (x) => {
        const maps = tf.maxPool(tf.relu(tf.conv2d(x, kernel, 1, 'valid')), 2, 2, 'valid');
        return forward(tf.reshape(maps, [-1, 13 * 13 * 8]));
      },
    };
  };
  return penaltyArms(create, { x, targets, oneHot });
}

function penaltyArms<X extends tf.Tensor>(
  create: () => Model<X>,
  { x, ...labels }: { x: X } & Labels,
) {
  const { crossEntropy, sasp, byOperations } = lossesOf(labels);
  const plain = () => {
    const { params, forward } = create();
    const optimizer = adam();
    return () => {
      optimizer.minimize(() => crossEntropy(forward(x)), false, params);
    };
  };
  const using = (loss: Loss, ...terms: Term[]) => stepWith(create(), x, loss, terms);
  const cosine = (difference: 'central' | 'forward') => {
    const model = create();
    const again = () => crossEntropy(model.forward(x));
    return stepWith(model, x, crossEntropy, [dmta({ mode: 'cosine', difference, loss: again })]);
  };
  return {
    plain: plain(),
    'plain, again': plain(),
    'trainStep, no terms': using(crossEntropy),
    'our cross-entropy': using(sasp(0)),
    'SASP, by operations': using(byOperations),
    SASP: using(sasp(0.1)),
    CVP: using(crossEntropy, cvp()),
    'SASP + CVP': using(sasp(0.1), cvp()),
    SBMP: using(crossEntropy, sbmp({ alpha: 1, seed: 0 })),
    'SBMP, ¼ of the batch': using(crossEntropy, sbmp({ alpha: 1, seed: 0, fraction: 0.25 })),
    'DMTA linear': using(crossEntropy, dmta()),
    // Its first step reads synchronously, which takes tfjs a canvas: Chromium loses a device of software by it.
    ...(tf.getBackend() !== 'webgpu' && {
      'DMTA cosine': cosine('central'),
      'DMTA cosine, forward': cosine('forward'),
    }),
  };
}

interface Labels {
  targets: tf.Tensor1D;
  oneHot: tf.Tensor2D;
}

type Loss = (outputs: Outputs) => tf.Scalar;

/** The cross-entropy, alone and with SASP. */
function lossesOf({ targets, oneHot }: Labels) {
  const crossEntropy: Loss = ({ logits }) => tf.losses.softmaxCrossEntropy(oneHot, logits);
  const sasp =
    (lambda: number): Loss =>
    ({ logits, features }) =>
      saspCrossEntropy(logits, features, targets, { lambda });
  const byOperations: Loss = (outputs) =>
    tf.add(crossEntropy(outputs), tf.mul(0.1, naiveSasp(outputs.logits, outputs.features, oneHot)));
  return { crossEntropy, sasp, byOperations };
}

function stepWith<X extends tf.Tensor>(
  { params, forward }: Model<X>,
  x: X,
  loss: Loss,
  terms: Term[],
): () => void {
  const step = trainStep({ optimizer: adam(), params, terms }) as (f: () => object) => object;
  return () => {
    const losses = step(() => {
      const { logits, features } = forward(x);
      const modelFn = (x: X) => forward(x).logits;
      return { logits, features, loss: loss({ logits, features }), modelFn, embeddings: x };
    });
    tf.dispose(losses as tf.TensorContainer);
  };
}
