// A class and a rating of each example, by one hidden layer that both read.
import * as tf from '@tensorflow/tfjs-core';
import type { Regularizer, Term } from '@toploss/core';
import type { Group } from '@toploss/examples/data-parallel/all-reduce';
import { meanOver, proxyOver, withMeanGradient } from '@toploss/examples/data-parallel/averages';
import { lossesAndProxies, type Nger, nger } from '@toploss/nger';
import type { Batch, Problem } from './problem.js';
import type { Replica } from './replica.js';
import { type Part, parts } from './terms.js';

type Parameters = [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor1D, tf.Tensor2D];

export function twoTasks(problem: Problem, params: tf.Variable[], group: Group): Replica<Batch> {
  const { terms, sigma } = problem;
  const wanted = Object.entries(terms) as [Part, number][];
  const weighting = nger(
    'nger, parity' in terms ? { tasks: 2, floor: 'window-min' } : { tasks: 2 },
  );
  const lossOf = wanted.some(([part]) => part.startsWith('nger'))
    ? (tasks: Tasks) => weightedLoss(weighting, tasks, group)
    : ({ heads, features }: Tasks) => ({ loss: meanOver(group, tf.addN(heads(features))) });
  let again: () => { loss: tf.Scalar };

  const outputsOf = (batch: Batch, step: number) => {
    const { heads, ...outputs } = passOf(params, group, batch);
    return {
      ...outputs,
      ...lossOf({ heads, features: outputs.features }),
      head: 'softmax',
      params: Object.fromEntries(params.map((w) => [w.name, w])),
      // Of each step its own noise, in every replica the same.
      shaking: { seed: step, ...(sigma && { sigma }) },
    };
  };

  const used = wanted.map(
    ([part, lambda]): Term =>
      parts[part](lambda, { group, weighting, loss: () => withPenalties(used, again()) }),
  );
  return {
    terms: used,
    forward: (batch, step) => {
      again = () => outputsOf(batch, step);
      return again();
    },
    dispose: () => {
      for (const term of [...used, weighting]) {
        if ('dispose' in term) {
          term.dispose();
        }
      }
    },
  };
}

/** The losses of both tasks, by the representation that they share. */
interface Tasks {
  readonly heads: (features: tf.Tensor2D) => tf.Scalar[];
  readonly features: tf.Tensor2D;
}

/** Σ w ℓ, with the losses and the proxies of all replicas. */
function weightedLoss(weighting: Nger, { heads, features }: Tasks, group: Group) {
  const own = lossesAndProxies(heads, features);
  const inputs = {
    taskLosses: own.taskLosses.map((loss) => meanOver(group, loss)),
    ntkProxies: own.ntkProxies.map((kappa) => proxyOver(group, kappa)),
  };
  return { loss: weighting.loss(inputs), ...inputs };
}

/** The network on this replica's rows, and the losses of both tasks by its representation. */
function passOf(params: tf.Variable[], group: Group, batch: Batch) {
  const { inputs, labels, ratings, noise, probe } = batch;
  const averaged = () => params.map((w) => withMeanGradient<tf.Tensor>(group, w)) as Parameters;
  const hidden = ([W, b]: Parameters, e: tf.Tensor): tf.Tensor2D =>
    tf.tanh(tf.add(tf.matMul(e as tf.Tensor2D, W), b));
  const logitsOf = ([, , V, c]: Parameters, h: tf.Tensor2D): tf.Tensor2D =>
    tf.add(tf.matMul(h, V), c);

  const x = tf.tensor2d(inputs);
  const theta = averaged();
  const features = hidden(theta, x);
  const [W, , V, , u] = theta;
  const targets = tf.oneHot(labels, probe[0]?.length as number) as tf.Tensor2D;
  return {
    logits: logitsOf(theta, features),
    features,
    layers: [
      { input: x, kernel: W, activation: 'tanh' },
      { input: features, kernel: V },
    ],
    heads: (h: tf.Tensor2D): tf.Scalar[] => [
      tf.losses.softmaxCrossEntropy(targets, logitsOf(theta, h)),
      tf.mean(tf.square(tf.sub(tf.matMul(h, u), tf.tensor2d(ratings, [ratings.length, 1])))),
    ],
    targets,
    // Reads the variables anew: weight noise has given them other values by then.
    modelFn: (e: tf.Tensor) => {
      const now = averaged();
      return logitsOf(now, hidden(now, e));
    },
    embeddings: x,
    noise: tf.tensor2d(noise),
    probe: tf.tensor2d(probe),
  };
}

const isPenalty = (term: Term): term is Term & Regularizer<unknown> =>
  'penalty' in term && !('correct' in term) && !('decouple' in term);

/** L + Σ λΦ of what is in the loss, which is what DMTA aligns. */
function withPenalties(terms: Term[], outputs: { loss: tf.Scalar }): tf.Scalar {
  const penalties = terms.filter(isPenalty).map((term) => term.penalty(outputs, 0));
  return penalties.reduce<tf.Scalar>((sum, penalty) => tf.add(sum, penalty), outputs.loss);
}
