import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct } from '@toploss/core';
import { cvp, cvpPenalty } from '@toploss/cvp';
import { dmta, dmtaGradient } from '@toploss/dmta';
import { lossesAndProxies, nger, ntkProxies } from '@toploss/nger';
import { saspAnyLayer, saspPenalty } from '@toploss/sasp';
import { sbmpPenalty } from '@toploss/sbmp';
import { expectClose, normal, valuesOf } from '@toploss/testing';
import {
  type Batch,
  crossEntropy,
  halvesOf,
  layered,
  type Model,
  named,
  onModels,
  run,
} from '@toploss/testing/recipes';
import { describe, expect, test } from 'vitest';
import { differentiated, gradientsOfLoss, lossOf, means, subjectOf } from '../src/penalties.js';

const mean = <T extends tf.Tensor>(a: T, b: T): T => tf.mul(0.5, tf.add(a, b)) as T;

const meanOf = (a: tf.NamedTensorMap, b: tf.NamedTensorMap): tf.NamedTensorMap =>
  Object.fromEntries(Object.entries(a).map(([name, x]) => [name, mean(x, b[name] as tf.Tensor)]));

/** What two workers have, each from its half of the batch. */
const onHalves = <T>(model: Model, f: (batch: Batch) => T): [T, T] => {
  const [first, second] = halvesOf(model.batch);
  return [f(first), f(second)];
};

const averagedGradients = (model: Model) =>
  meanOf(...onHalves(model, (batch) => gradientsOfLoss(model, batch)));

function expectMaps(
  actual: tf.NamedTensorMap,
  expected: tf.NamedTensorMap,
  relative = 2e-5,
  absolute = 1e-6,
) {
  for (const [name, x] of Object.entries(expected)) {
    expectClose(actual[name] as tf.Tensor, x, relative, absolute);
  }
}

const slowOf = ({ params }: Model) =>
  Object.fromEntries(params.map(({ name, shape }, k) => [name, normal(shape, 50 + k)]));

describe('a mean over the examples is the mean of its halves, and so are its gradients', () => {
  for (const subject of means) {
    test(subject.name, () =>
      onModels(
        5,
        (model) => {
          const whole = differentiated(subject, model);
          const [a, b] = onHalves(model, (batch) => differentiated(subject, model, batch));
          expectClose(mean(a.value, b.value), whole.value, 1e-5, 1e-7);
          expectMaps(meanOf(a.grads, b.grads), whole.grads);
        },
        subject.ofLayers ? layered : {},
      ),
    );
  }

  test('sasp of any layers', () =>
    onModels(4, (model) => {
      const trace = (batch: Batch) =>
        saspAnyLayer(
          () => tf.neg(tf.sum(tf.mul(batch.labels, tf.logSoftmax(run(model, batch).logits)), 1)),
          model.params,
        );
      const whole = trace(model.batch);
      const [a, b] = onHalves(model, trace);
      expectClose(mean(a.value, b.value), whole.value, 1e-5, 1e-7);
      expectMaps(meanOf(a.grads, b.grads), whole.grads, 1e-3, 1e-4);
    }));
});

describe('under a mask a half counts by how many of its examples do', () => {
  const penalties = {
    sasp: (model: Model, batch: Batch, mask: tf.Tensor1D) => {
      const { logits, features } = run(model, batch);
      return saspPenalty(logits, features, batch.labels, { mask });
    },
    sbmp: (model: Model, batch: Batch, mask: tf.Tensor1D) => {
      const { embeddings, logits } = run(model, batch);
      const modelFn = (e: tf.Tensor) => model.forward(e).logits;
      return sbmpPenalty(logits, modelFn, embeddings, { alpha: 1, noise: batch.noise, mask });
    },
  };
  test.each(Object.entries(penalties))('%s', (_, penalty) =>
    onModels(6, (model) => {
      const examples = model.batch.x.shape[0] as number;
      // all of the first half but one, and one alone of the second
      const live = Array.from({ length: examples }, (_, i) =>
        i < examples / 2 ? i > 0 || examples === 2 : i === examples - 1,
      );
      const of = (batch: Batch, mask: boolean[]) =>
        tf.variableGrads(() => penalty(model, batch, tf.tensor1d(mask, 'bool')), [...model.params]);
      const whole = of(model.batch, live);
      const masks = [live.slice(0, examples / 2), live.slice(examples / 2)];
      const counts = masks.map((mask) => mask.filter(Boolean).length);
      const halves = halvesOf(model.batch).map((batch, k) => of(batch, masks[k] as boolean[]));
      const average = (x: tf.Tensor[]) =>
        tf.div(
          tf.addN(x.map((part, k) => tf.mul(counts[k] as number, part))),
          counts.reduce((a, b) => a + b),
        );
      expectClose(average(halves.map(({ value }) => value)), whole.value, 1e-5, 1e-7);
      const averaged = Object.entries(whole.grads).map(([name]) => [
        name,
        average(halves.map(({ grads }) => grads[name] as tf.Tensor)),
      ]);
      expectMaps(Object.fromEntries(averaged), whole.grads);
    }),
  );
});

describe('the root of a trace needs the averaged trace', () => {
  test.each(['saspNetwork, the root', 'saspNetwork by weight noise, the root'].map(subjectOf))(
    'Φ² is a mean, but for the 1e-8 under the root, and Φ is not: $name',
    (subject) =>
      onModels(
        6,
        (model) => {
          const root = (batch: Batch) => differentiated(subject, model, batch);
          const whole = root(model.batch);
          const [a, b] = onHalves(model, root);
          const square = mean(tf.square(a.value), tf.square(b.value));
          expectClose(tf.sqrt(square), whole.value, 1e-5);
          const root2 = (valuesOf(a.value)[0] as number) + (valuesOf(b.value)[0] as number);
          // By Jensen's inequality; equal only where the halves are.
          expect(root2 / 2).toBeLessThanOrEqual((valuesOf(whole.value)[0] as number) * (1 + 1e-5));
          // ∂Φ = ∂T/2Φ: workers that send Φ∂Φ and Φ² have what one has.
          const ofTrace = ({ value, grads }: typeof whole) =>
            Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.mul(value, g)]));
          expectMaps(meanOf(ofTrace(a), ofTrace(b)), ofTrace(whole));
        },
        subject.ofLayers ? layered : {},
      ),
  );
});

describe('cvp needs the averaged gradients', () => {
  test('and no more', () =>
    onModels(8, (model) => {
      const params = named(model.params);
      const term = cvp({ lambda: 0.5 });
      const g = gradientsOfLoss(model);
      const averaged = averagedGradients(model);
      const [value, expected] = [averaged, g].map((grads) => {
        const list = Object.keys(params);
        return cvpPenalty(
          list.map((name) => params[name] as tf.Tensor),
          list.map((name) => grads[name] as tf.Tensor),
        );
      });
      expectClose(value as tf.Scalar, expected as tf.Scalar, 1e-4);
      expectMaps(term.correct(averaged, params), term.correct(g, params), 1e-4);
    }));
});

describe('nger needs averaged losses and the proxies of the whole', () => {
  const tasks = (batch: Batch) => (logits: tf.Tensor) => [
    crossEntropy(logits as tf.Tensor2D, batch.labels),
    tf.mean<tf.Scalar>(tf.square(tf.sub(logits, batch.labels))),
  ];
  const weightsOf = (taskLosses: tf.Tensor1D, proxies: tf.Tensor1D) => {
    const weighting = nger({ tasks: 2, floor: [0.1, 0.05] });
    weighting.observe({ taskLosses, ntkProxies: proxies });
    const weights = weighting.weights();
    weighting.dispose();
    return weights;
  };
  const inputsOf = (model: Model, batch: Batch) => {
    const { taskLosses, ntkProxies } = lossesAndProxies(tasks(batch), run(model, batch).logits);
    return [tf.stack(taskLosses), tf.stack(ntkProxies)] as [tf.Tensor1D, tf.Tensor1D];
  };

  test('by a representation, the proxies of the halves add up: κ = (κ₁ + κ₂)/4', () =>
    onModels(8, (model) => {
      const [losses, proxies] = inputsOf(model, model.batch);
      const [[lossesA, proxiesA], [lossesB, proxiesB]] = onHalves(model, (batch) =>
        inputsOf(model, batch),
      );
      const [averaged, added] = [mean(lossesA, lossesB), tf.mul(0.5, mean(proxiesA, proxiesB))];
      expectClose(averaged, losses, 1e-5);
      expectClose(added, proxies, 1e-5);
      expectClose(weightsOf(averaged, added as tf.Tensor1D), weightsOf(losses, proxies), 1e-4);
    }));

  test('by shared parameters, they are of the averaged gradients', () =>
    onModels(8, (model) => {
      const shared = model.params;
      const losses = (batch: Batch) => tasks(batch)(run(model, batch).logits);
      const whole = ntkProxies(() => losses(model.batch), shared);
      const ofTask = (task: number) => (batch: Batch) =>
        tf.variableGrads(() => losses(batch)[task] as tf.Scalar, [...shared]).grads;
      const kappas = [0, 1].map((task) => {
        const g = meanOf(...onHalves(model, ofTask(task)));
        return Object.values(g).reduce(
          (total, x) => total + valuesOf(x).reduce((sum, entry) => sum + entry ** 2, 0),
          0,
        );
      });
      expectClose(whole, kappas, 1e-4);
    }));

  test('the weights, a constant, then give the loss of the whole', () =>
    onModels(8, (model) => {
      const [losses, proxies] = inputsOf(model, model.batch);
      const weights = weightsOf(losses, proxies);
      const loss = (batch: Batch) =>
        tf.variableGrads(
          () =>
            tf.sum<tf.Scalar>(tf.mul(weights, tf.stack(tasks(batch)(run(model, batch).logits)))),
          model.params,
        );
      const whole = tf.variableGrads(() => {
        const weighting = nger({ tasks: 2, floor: [0.1, 0.05] });
        const { taskLosses, ntkProxies } = lossesAndProxies(
          tasks(model.batch),
          run(model, model.batch).logits,
        );
        return weighting.loss({ taskLosses, ntkProxies });
      }, model.params);
      const [a, b] = onHalves(model, loss);
      expectClose(mean(a.value, b.value), whole.value, 1e-4);
      expectMaps(meanOf(a.grads, b.grads), whole.grads, 1e-4);
    }));
});

describe('dmta needs the averaged gradients', () => {
  test('linear: of corrections and of averages too, being linear', () =>
    onModels(8, (model) => {
      const params = named(model.params);
      const correct = (grads: tf.NamedTensorMap) => {
        const term = dmta({ alpha: 3, mu: 0.8 });
        term.observe(slowOf(model));
        const corrected = term.correct(grads, params);
        term.observe(grads);
        const slow = term.slow();
        term.dispose();
        return { corrected, slow };
      };
      const whole = correct(gradientsOfLoss(model));
      const [a, b] = onHalves(model, (batch) => correct(gradientsOfLoss(model, batch)));
      expectMaps(meanOf(a.corrected, b.corrected), whole.corrected);
      expectMaps(meanOf(a.slow, b.slow), whole.slow);
      expectMaps(correct(averagedGradients(model)).corrected, whole.corrected);
    }));

  test('cosine: for v, and then the averaged products H v', () =>
    onModels(5, (model) => {
      const { params } = model;
      const slow = slowOf(model);
      const whole = dmtaGradient(lossOf(model), params, slow);
      // v of the averaged gradient, in double precision
      const g = averagedGradients(model);
      const names = Object.keys(g);
      const [flatG, flatM] = [g, slow].map((map) =>
        names.flatMap((name) => valuesOf(map[name] as tf.Tensor)),
      ) as [number[], number[]];
      const [length, slowLength] = [Math.hypot(...flatG), Math.hypot(...flatM)];
      const cosine = flatG.reduce(
        (sum, x, i) => sum + (x / length) * ((flatM[i] as number) / slowLength),
        0,
      );
      const v = Object.fromEntries(
        names.map((name) => [
          name,
          tf.add(
            tf.mul(-1 / slowLength, slow[name] as tf.Tensor),
            tf.mul(cosine / length, g[name] as tf.Tensor),
          ),
        ]),
      );
      const products = onHalves(model, (batch) =>
        hessianVectorProduct(lossOf(model, batch), params, v),
      );
      const Hv = Object.fromEntries(
        Object.entries(meanOf(...products)).map(([name, x]) => [name, tf.div(x, length)]),
      );
      expectClose(whole.value, 1 - cosine, 1e-4, 1e-6);
      const all = (map: tf.NamedTensorMap) => names.flatMap((n) => valuesOf(map[n] as tf.Tensor));
      expectClose(all(Hv), all(whole.grads), 5e-3, 1e-4 / length);
    }));
});
