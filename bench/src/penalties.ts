import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { applyCvp, cvp } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { lossesAndProxies, type Nger, nger, ntkProxies } from '@toploss/nger';
import { saspCrossEntropy } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { networkOf, type Size } from './networks.js';

/** What is timed, by name; the first one is the plain one. */
export type Arms = Record<string, () => void>;

const adam = (): tf.Optimizer => tf.train.adam(1e-4, 0.9, 0.999, 1e-7);

function batchOf({ widths, batch }: Size) {
  const classes = widths.at(-1) as number;
  const targets = tf.randomUniform([batch], 0, classes, 'int32', 1) as tf.Tensor1D;
  return {
    x: tf.randomNormal<tf.Rank.R2>([batch, widths[0] as number], 0, 1, 'float32', 2),
    targets,
    oneHot: tf.cast(tf.oneHot(targets, classes), 'float32') as tf.Tensor2D,
  };
}

/** The loss of the head alone, forward and backward. */
export function headArms({ widths, batch }: Size): Arms {
  const [D, C] = widths.slice(-2) as [number, number];
  const { targets, oneHot } = batchOf({ widths: [D, C], batch });
  const logits = tf.randomNormal<tf.Rank.R2>([batch, C], 0, 1, 'float32', 3);
  const features = tf.randomNormal<tf.Rank.R2>([batch, D], 0, 1, 'float32', 4);
  const backward = (f: (z: tf.Tensor2D, h: tf.Tensor2D) => tf.Tensor, inputs: tf.Tensor[]) => () =>
    tf.tidy(() => {
      const { grads } = tf.valueAndGrads(f as (...inputs: tf.Tensor[]) => tf.Tensor)(inputs);
      for (const grad of grads) {
        grad.dataSync();
      }
    });
  const ours = (options: object) => (z: tf.Tensor2D, h: tf.Tensor2D) =>
    saspCrossEntropy(z, h, targets, options);
  return {
    'tf.losses': backward((z) => tf.losses.softmaxCrossEntropy(oneHot, z), [logits]),
    'ours, λ = 0': backward(ours({ lambda: 0 }), [logits, features]),
    'SASP, fisher': backward(ours({ lambda: 0.1 }), [logits, features]),
    'SASP, hessian': backward(ours({ lambda: 0.1, curvature: 'hessian' }), [logits, features]),
  };
}

/** Whole steps with Adam, for every penalty a network of its own. */
export function stepArms(size: Size): Arms {
  const { x, targets, oneHot } = batchOf(size);
  type Forward = ReturnType<ReturnType<typeof networkOf>['forward']>;
  const crossEntropy = ({ logits }: Forward) =>
    tf.losses.softmaxCrossEntropy(oneHot, logits) as tf.Scalar;
  const withSasp = ({ logits, features }: Forward) =>
    saspCrossEntropy(logits, features, targets, { lambda: 0.1 });

  const plain = () => {
    const { params, forward } = networkOf(size.widths);
    const optimizer = adam();
    return () => {
      optimizer.minimize(() => crossEntropy(forward(x)), false, params);
      params[0]?.dataSync(); // waits, where the backend works ahead
    };
  };
  const using = (
    loss: (outputs: Forward) => tf.Scalar,
    termsOf: (modelFn: (e: tf.Tensor2D) => Forward) => Parameters<typeof trainStep>[0]['terms'],
  ) => {
    const { params, forward } = networkOf(size.widths);
    const terms = termsOf(forward);
    const step = trainStep({ optimizer: adam(), params, terms }) as (f: () => object) => object;
    return () => {
      const losses = step(() => {
        const outputs = forward(x);
        const modelFn = (e: tf.Tensor2D) => forward(e).logits;
        return { ...outputs, loss: loss(outputs), modelFn, embeddings: x };
      });
      tf.dispose(losses as tf.TensorContainer);
      params[0]?.dataSync();
    };
  };
  return {
    plain: plain(),
    'trainStep, no terms': using(crossEntropy, () => []),
    SASP: using(withSasp, () => []),
    CVP: using(crossEntropy, () => [cvp()]),
    'SASP + CVP': using(withSasp, () => [cvp()]),
    SBMP: using(crossEntropy, () => [sbmp({ alpha: 1, seed: 0 })]),
    'DMTA linear': using(crossEntropy, () => [dmta()]),
    'DMTA cosine': using(crossEntropy, (forward) => [
      dmta({ mode: 'cosine', loss: () => crossEntropy(forward(x)) }),
    ]),
  };
}

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
      params[0]?.dataSync();
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
    'equal weights': make(
      (heads, features) => ({ loss: tf.addN(heads(features)) as tf.Scalar }),
      [],
    ),
    NGER: weighted(lossesAndProxies),
    'NGER, ntkProxies': weighted((heads, features) => {
      const taskLosses = heads(features);
      return { taskLosses, ntkProxies: ntkProxies(() => taskLosses, features) };
    }),
  };
}

/** Adam on that many parameters in ten matrices, with and without CVP. */
export function decayArms(parameters: number): Arms {
  const shape: [number, number] = [10, parameters / 100];
  const make = (
    correct: (grads: tf.NamedTensorMap, params: tf.NamedTensorMap) => tf.NamedTensorMap,
  ) => {
    const variables = Array.from({ length: 10 }, (_, k) =>
      tf.variable(tf.randomNormal(shape, 0, 1, 'float32', k + 1)),
    );
    const params = Object.fromEntries(variables.map((w) => [w.name, w as tf.Tensor]));
    const grads = Object.fromEntries(
      variables.map(({ name }, k) => [name, tf.randomNormal(shape, 0, 1, 'float32', k + 100)]),
    );
    const optimizer = adam();
    return () => {
      tf.tidy(() => optimizer.applyGradients(correct(grads, params)));
      variables[0]?.dataSync();
    };
  };
  return {
    Adam: make((grads) => grads),
    'Adam + CVP': make((grads, params) => applyCvp(grads, params)),
    'Adam + CVP, hard gate': make((grads, params) => applyCvp(grads, params, { beta: Infinity })),
  };
}
