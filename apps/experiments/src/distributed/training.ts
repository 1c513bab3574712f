// One replica's part of a training: the same network and the same steps, on its rows of each batch.
import * as tf from '@tensorflow/tfjs-core';
import { composite } from '@toploss/composite';
import { type Regularizer, type Term, trainStep } from '@toploss/core';
import { alone, type Group } from '@toploss/examples/data-parallel/all-reduce';
import { oneTask } from './one-task.js';
import { averaging, optimizerOf } from './optimizers.js';
import { type OneTask, type Problem, rowsOf, type Values } from './problem.js';
import type { Replica } from './replica.js';
import { twoTasks } from './two-tasks.js';

/** Where the replicas average: as each term needs it, or what one would do without a thought. */
export type Averaged = 'as needed' | 'the last gradients alone';

export interface Training {
  readonly problem: Problem | OneTask;
  readonly averaged: Averaged;
}

/** @returns All parameters in a row, after each step. */
export function train({ problem, averaged }: Training, all: Group): number[][] {
  const group = averaged === 'as needed' ? all : alone;
  const params = variablesOf(problem.parameters);
  const history =
    'network' in problem
      ? steps(problem, averaged, all, params, oneTask(problem, params, group))
      : steps(problem, averaged, all, params, twoTasks(problem, params, group));
  tf.dispose(params);
  return history;
}

function steps<Batch extends object>(
  problem: { batches: readonly Batch[] } & Pick<Problem, 'optimizer' | 'learningRate'>,
  averaged: Averaged,
  all: Group,
  params: tf.Variable[],
  { terms, forward, dispose }: Replica<Batch>,
): number[][] {
  const optimizer = optimizerOf(problem);
  const step = trainStep({
    params,
    terms: together(terms),
    optimizer: averaged === 'as needed' ? optimizer : averaging(optimizer, all),
  });
  const history = problem.batches.map((whole, k) => {
    tf.dispose(step(() => forward(rowsOf(whole, all), k)));
    return params.flatMap((w) => [...w.dataSync()]);
  });
  dispose();
  optimizer.dispose();
  return history;
}

const variablesOf = (parameters: readonly Values[]): tf.Variable[] =>
  parameters.map(({ shape, data }) =>
    tf.tidy(() => tf.variable(tf.tensor(data, shape, 'float32'))),
  );

/** What can be one composite is one. The types of the terms are known at run time only. */
function together(terms: Term[]): [] {
  const regularizers = terms.filter((term) => 'penalty' in term) as Regularizer<never>[];
  const others = terms.filter((term) => !('penalty' in term));
  return [...others, composite(regularizers)] as readonly Term[] as [];
}
