// One replica's part of a training: the same network and the same steps, on its rows of each batch.
import * as tf from '@tensorflow/tfjs-core';
import { composite } from '@toploss/composite';
import { type Regularizer, type Term, trainStep } from '@toploss/core';
import { lossesAndProxies, nger } from '@toploss/nger';
import { sequential } from '@toploss/sasp';
import { alone, type Group } from './all-reduce.js';
import { across, meanOver, proxyOver, withMeanGradient } from './averages.js';
import { type Problem, rowsOf } from './problem.js';
import { type Part, parts } from './terms.js';

/** Where the replicas average: as each term needs it, or what one would do without a thought. */
export type Averaged = 'as needed' | 'the last gradients alone';

export interface Training {
  readonly problem: Problem;
  readonly averaged: Averaged;
}

type Parameters = [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor1D, tf.Tensor2D];

/** @returns All parameters in a row, after each step. */
export function train({ problem, averaged }: Training, all: Group): number[][] {
  const isAveraged = averaged === 'as needed';
  const group = isAveraged ? all : alone;
  const wanted = Object.entries(problem.terms) as [Part, number][];
  const weighted = wanted.some(([part]) => part.startsWith('nger'));
  const weighting = nger(
    'nger, parity' in problem.terms ? { tasks: 2, floor: 'window-min' } : { tasks: 2 },
  );
  const params = problem.parameters.map(({ shape, data }) =>
    tf.tidy(() => tf.variable(tf.tensor(data, shape, 'float32'))),
  );
  let batch: Tensors;

  const forward = () => {
    const theta = params.map((w) => withMeanGradient<tf.Tensor>(group, w)) as Parameters;
    const { heads, features, ...outputs } = forwardOf(theta, batch);
    if (!weighted) {
      const [ofClass, ofRating] = heads(features) as [tf.Scalar, tf.Scalar];
      return { ...outputs, features, loss: meanOver(group, tf.add(ofClass, ofRating)) };
    }
    const own = lossesAndProxies(heads, features);
    const inputs = {
      taskLosses: own.taskLosses.map((loss) => meanOver(group, loss)),
      ntkProxies: own.ntkProxies.map((kappa) => proxyOver(group, kappa)),
    };
    return { ...outputs, features, loss: weighting.loss(inputs), ...inputs };
  };

  const used = wanted.map(
    ([part, lambda]): Term =>
      parts[part](lambda, { group, weighting, loss: () => withPenalties(used, forward()) }),
  );
  const optimizer = optimizerOf(problem);
  const step = trainStep({
    params,
    terms: together(used),
    optimizer: isAveraged ? optimizer : averaging(optimizer, all),
  });

  const history = problem.batches.map((whole) => {
    batch = tensorsOf(rowsOf(whole, all));
    tf.dispose([step(forward), { ...batch }]);
    return params.flatMap((w) => [...w.dataSync()]);
  });
  for (const term of used) {
    if ('dispose' in term) {
      term.dispose();
    }
  }
  weighting.dispose();
  optimizer.dispose();
  tf.dispose(params);
  return history;
}

/** The network on this replica's rows, and the losses of both tasks by its representation. */
function forwardOf([W, b, V, c, u]: Parameters, { oneHot, ratings, ...batch }: Tensors) {
  const model = sequential([
    { kernel: W, bias: b, activation: 'tanh' },
    { kernel: V, bias: c },
  ]);
  return {
    ...model(batch.inputs),
    heads: (h: tf.Tensor2D): tf.Scalar[] => [
      tf.losses.softmaxCrossEntropy(oneHot, tf.add(tf.matMul(h, V), c)),
      tf.mean(tf.square(tf.sub(tf.matMul(h, u), ratings))),
    ],
    targets: oneHot,
    modelFn: (e: tf.Tensor) => model(e as tf.Tensor2D).logits,
    embeddings: batch.inputs,
    noise: batch.noise,
    probe: batch.probe,
  };
}

const isPenalty = (term: Term): term is Term & Regularizer<unknown> =>
  'penalty' in term && !('correct' in term) && !('decouple' in term);

/** L + Σ λΦ of what is in the loss, which is what DMTA aligns. */
function withPenalties(terms: Term[], outputs: { loss: tf.Scalar }): tf.Scalar {
  const penalties = terms.filter(isPenalty).map((term) => term.penalty(outputs, 0));
  return penalties.reduce<tf.Scalar>((sum, penalty) => tf.add(sum, penalty), outputs.loss);
}

/** What can be one composite is one. The types of the terms are known at run time only. */
function together(terms: Term[]): [] {
  const regularizers = terms.filter((term) => 'penalty' in term) as Regularizer<never>[];
  const others = terms.filter((term) => !('penalty' in term));
  return [...others, composite(regularizers)] as readonly Term[] as [];
}

function optimizerOf({ optimizer, learningRate }: Problem): tf.Optimizer {
  if (optimizer === 'adam') {
    return tf.train.adam(learningRate, 0.9, 0.999, 1e-7);
  }
  return optimizer === 'momentum'
    ? tf.train.momentum(learningRate, 0.9)
    : tf.train.sgd(learningRate);
}

/** The optimizer, given the average of what the replicas come with: too late for some terms. */
function averaging(optimizer: tf.Optimizer, { share, sum }: Group) {
  return {
    learningRate: (optimizer as tf.SGDOptimizer & { learningRate: number }).learningRate,
    applyGradients: (grads: { name: string; tensor: tf.Tensor }[]) => {
      const average = (g: tf.Tensor) => across(sum, tf.mul(share, g));
      optimizer.applyGradients(
        grads.map(({ name, tensor }) => ({ name, tensor: average(tensor) })),
      );
    },
  };
}

type Tensors = ReturnType<typeof tensorsOf>;

const tensorsOf = ({ inputs, labels, ratings, noise, probe }: ReturnType<typeof rowsOf>) => ({
  inputs: tf.tensor2d(inputs),
  oneHot: tf.oneHot(labels, probe[0]?.length as number) as tf.Tensor2D,
  ratings: tf.tensor2d(ratings, [ratings.length, 1]),
  noise: tf.tensor2d(noise),
  probe: tf.tensor2d(probe),
});
