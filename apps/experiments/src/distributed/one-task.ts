// A network of any kind under saspNetwork alone, with the probe and the noise of each step given.
import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '@toploss/core/kit';
import type { Group } from '@toploss/examples/data-parallel/all-reduce';
import { meanOver, withMeanGradient } from '@toploss/examples/data-parallel/averages';
import { networks } from './networks.js';
import type { Examples, OneTask } from './problem.js';
import type { Replica } from './replica.js';
import { parts } from './terms.js';

/** Of logits and one-hot targets, of any number of classes that are each there or not, or of numbers. */
const losses: Record<Head, (targets: tf.Tensor, logits: tf.Tensor) => tf.Scalar> = {
  softmax: (y, z) => tf.losses.softmaxCrossEntropy(y, z),
  sigmoid: (y, z) => tf.losses.sigmoidCrossEntropy(y, z),
  linear: (y, z) => tf.losses.meanSquaredError(y, z),
};

export function oneTask(problem: OneTask, params: tf.Variable[], group: Group): Replica<Examples> {
  const { network, head, part, lambda, every, scale, sigma, noise } = problem;
  const weight = (step: number) => (step % every === 0 ? every * lambda : 0);
  const pass = (x: tf.Tensor) =>
    networks[network](x, ...params.map((w) => withMeanGradient<tf.Tensor>(group, w)));
  return {
    terms: [parts[part](weight, { group })],
    forward: ({ inputs, targets, probe }, step) => {
      const x = tf.tensor(inputs);
      const { logits, layers } = pass(x);
      const v = (noise[step] ?? []).map((values, k) => {
        const { name, shape } = params[k] as tf.Variable;
        return [name, tf.tensor(values, shape)];
      });
      return {
        ...{ loss: meanOver(group, losses[head](tf.tensor(targets), logits)), logits, head },
        ...{ layers, probe: tf.tensor2d(probe) },
        ...{ modelFn: (e: tf.Tensor) => pass(e).logits, embeddings: x },
        params: Object.fromEntries(params.map((w) => [w.name, w])),
        // Not this replica's rows of it: the same v everywhere.
        shaking: { noise: Object.fromEntries(v), ...(scale && { scale }), ...(sigma && { sigma }) },
      };
    },
    dispose: () => {},
  };
}
