import * as tf from '@tensorflow/tfjs-core';
import { trainStep } from '@toploss/core';
import { type SequentialOutputs, saspNetwork } from '@toploss/sasp';
import type { Examples } from './problems.js';

/** How to train; λ or ρ is `strength`. */
export type Method =
  | { name: 'plain' }
  | { name: 'L2' | 'SAM'; strength: number }
  | {
      name: 'SASP network';
      strength: number;
      fraction: number;
      every?: number;
      /** T itself in the place of its root. */
      root?: boolean;
      /** Part of the training over which λ grows linearly from 0. */
      warmUp?: number;
    };

export interface Network {
  params: tf.Variable[];
  forward: (x: tf.Tensor2D) => SequentialOutputs;
}

export interface Training {
  network: Network;
  optimizer: tf.Optimizer;
  steps: number;
  seed: number;
}

/** One step of training on a batch. */
export type Step = (batch: Examples) => void;

const crossEntropy = (network: Network, { x, y }: Examples) =>
  tf.losses.softmaxCrossEntropy(y, network.forward(x).logits) as tf.Scalar;

export function stepOf(method: Method, training: Training): Step {
  switch (method.name) {
    case 'plain':
      return plain(training);
    case 'L2':
      return l2(method.strength, training);
    case 'SAM':
      return sam(method.strength, training);
    case 'SASP network':
      return network(method, training);
  }
}

function plain({ network, optimizer }: Training): Step {
  return (batch) => {
    optimizer.minimize(() => crossEntropy(network, batch), false, network.params);
  };
}

/** ½λ‖W‖² in the loss, over the kernels. */
function l2(lambda: number, { network, optimizer }: Training): Step {
  const kernels = network.params.filter(({ rank }) => rank > 1);
  return (batch) => {
    const loss = () => {
      const squares = kernels.map((kernel) => tf.sum(tf.square(kernel)));
      return tf.add(
        crossEntropy(network, batch),
        tf.mul(lambda / 2, tf.addN(squares)),
      ) as tf.Scalar;
    };
    optimizer.minimize(loss, false, network.params);
  };
}

/** g(θ + ρ g/‖g‖), applied at θ. */
function sam(rho: number, { network, optimizer }: Training): Step {
  const { params } = network;
  return (batch) =>
    tf.tidy(() => {
      const gradients = () => tf.variableGrads(() => crossEntropy(network, batch), params).grads;
      const g = gradients();
      const norm = tf.sqrt(tf.addN(Object.values(g).map((x) => tf.sum(tf.square(x)))));
      const origin = params.map((p) => tf.clone(p));
      const scale = tf.div(rho, tf.add(norm, 1e-12));
      for (const p of params) {
        p.assign(tf.add(p, tf.mul(scale, g[p.name] as tf.Tensor)));
      }
      const ascended = gradients();
      for (const [k, p] of params.entries()) {
        p.assign(origin[k] as tf.Tensor);
      }
      optimizer.applyGradients(ascended);
    });
}

function network(
  { strength, fraction, every = 1, root = true, warmUp = 0 }: Method & { name: 'SASP network' },
  { network, optimizer, steps, seed }: Training,
): Step {
  const ramp = Math.max(1, warmUp * steps);
  const step = trainStep({
    optimizer,
    params: network.params,
    terms: [
      saspNetwork({
        lambda: (t) => strength * Math.min(1, (t + 1) / ramp),
        fraction,
        every,
        root,
        seed,
      }),
    ],
  });
  return ({ x, y }) => {
    const losses = step(() => {
      const { logits, layers } = network.forward(x);
      return { loss: tf.losses.softmaxCrossEntropy(y, logits) as tf.Scalar, logits, layers };
    });
    tf.dispose(losses);
  };
}
