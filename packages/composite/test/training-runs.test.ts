import * as tf from '@tensorflow/tfjs-core';
import { topologicalLoss } from '@toploss/composite';
import { trainStep } from '@toploss/core';
import { applyCvp, cvp } from '@toploss/cvp';
import { sasp } from '@toploss/sasp';
import { sbmp } from '@toploss/sbmp';
import { expectClose, type GoldenTensor, golden, tensorOf } from '@toploss/testing';
import { describe, expect, test } from 'vitest';

interface Run {
  name: string;
  optimizer: 'sgd' | 'adam';
  learningRate: number;
  adamEpsilon: number | null;
  lambdaSasp: number;
  lambdaCvp: number;
  lambdaSbmp: number;
  alpha: number;
  noise: GoldenTensor | null;
  beta: number;
  batches: GoldenTensor;
  labels: number[][];
  init: GoldenTensor[];
  history: { base: number; sasp?: number; sbmp?: number; total: number }[];
  final: GoldenTensor[];
}

function setUp(run: Run) {
  const params = run.init.map((x) => tf.variable(tensorOf(x)));
  const [W1, b1, W2, b2] = params as tf.Tensor[] as [
    tf.Tensor2D,
    tf.Tensor,
    tf.Tensor2D,
    tf.Tensor,
  ];
  const batches = tf.unstack(tensorOf<tf.Rank.R3>(run.batches)) as tf.Tensor2D[];
  const noise = run.noise === null ? undefined : tf.unstack(tensorOf<tf.Rank.R3>(run.noise));
  const forward = (step: number) => {
    const embeddings = batches[step] as tf.Tensor2D;
    const featuresOf = (x: tf.Tensor): tf.Tensor2D => tf.tanh(tf.add(tf.matMul(x, W1), b1));
    const logitsOf = (h: tf.Tensor): tf.Tensor2D => tf.add(tf.matMul(h, W2), b2);
    const modelFn = (x: tf.Tensor) => logitsOf(featuresOf(x));
    const targets = tf.tensor1d(run.labels[step] as number[], 'int32');
    const features = featuresOf(embeddings);
    const logits = logitsOf(features);
    const y = tf.cast(tf.oneHot(targets, b2.size), 'float32');
    const loss: tf.Scalar = tf.neg(
      tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(logits)), 1)) as tf.Scalar,
    );
    const signs = noise && { noise: noise[step] as tf.Tensor };
    return { loss, logits, features, targets, modelFn, embeddings, ...signs };
  };
  const optimizer: tf.Optimizer =
    run.optimizer === 'sgd'
      ? tf.train.sgd(run.learningRate)
      : tf.train.adam(run.learningRate, 0.9, 0.999, run.adamEpsilon as number);
  return { params, forward, optimizer };
}

const parity = { gate: 'expansion', normalize: 'none', filter: () => true } as const;

function expectRun(
  { history, final }: Run,
  params: readonly tf.Tensor[],
  step: (k: number) => { total: tf.Scalar; base: tf.Scalar; sasp: tf.Scalar; sbmp: tf.Scalar },
) {
  expect(history).toHaveLength(25);
  for (const [k, expected] of history.entries()) {
    const losses = step(k);
    expectClose(losses.base, expected.base);
    expectClose(losses.sasp, expected.sasp ?? 0);
    expectClose(losses.sbmp, expected.sbmp ?? 0);
    expectClose(losses.total, expected.total);
  }
  for (const [k, expected] of final.entries()) {
    expectClose(params[k] as tf.Tensor, expected);
  }
}

const runs = await golden<Run>('training-runs');

test('there are six', () => {
  expect(runs).toHaveLength(6);
});

describe.each(runs)('$name', (run) => {
  test('with trainStep', () => {
    const { params, forward, optimizer } = setUp(run);
    const step = trainStep({
      optimizer,
      params,
      terms: [
        sasp({ lambda: run.lambdaSasp }),
        cvp({ lambda: run.lambdaCvp, beta: run.beta, ...parity }),
        sbmp({ lambda: run.lambdaSbmp, alpha: run.alpha, reduction: 'batch' }),
      ],
    });
    expectRun(run, params, (k) => step(() => forward(k)));
  });

  test('with topologicalLoss and applyCvp', () => {
    const { params, forward, optimizer } = setUp(run);
    const loss = topologicalLoss({
      sasp: { lambda: run.lambdaSasp },
      sbmp: { lambda: run.lambdaSbmp, alpha: run.alpha, reduction: 'batch' },
    });
    const theta = Object.fromEntries(params.map((p) => [p.name, p as tf.Tensor]));
    expectRun(run, params, (k) => {
      const { loss: base, ...inputs } = forward(k);
      const components = loss.components(base, inputs);
      const { grads } = tf.variableGrads(() => {
        const { loss: base, ...inputs } = forward(k);
        return loss(base, inputs);
      }, params);
      const options = { lambda: run.lambdaCvp, beta: run.beta, ...parity };
      optimizer.applyGradients(applyCvp(grads, theta, options));
      return components;
    });
  });
});
