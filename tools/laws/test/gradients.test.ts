import * as tf from '@tensorflow/tfjs-core';
import { topologicalLoss } from '@toploss/composite';
import { hessianVectorProduct, surrogate } from '@toploss/core';
import { dot, expm1, gradientsOf, log1p, sum } from '@toploss/core/kit';
import { cvpPenalty } from '@toploss/cvp';
import { dmta, dmtaGradient, dmtaPenalty } from '@toploss/dmta';
import { lossesAndProxies, nger } from '@toploss/nger';
import { saspAnyLayer } from '@toploss/sasp';
import { sbmpPenalty } from '@toploss/sbmp';
import { expectClose, normal, valuesOf } from '@toploss/testing';
import {
  crossEntropy,
  layered,
  type Model,
  named,
  onModels as onAnyModels,
  run,
  type Subject,
} from '@toploss/testing/recipes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectGradients } from '../src/gradient-check.js';
import { differentiated, gradientsOfLoss, lossOf, subjectOf, subjects } from '../src/penalties.js';

const alike = (params: readonly tf.Variable[], seed: number): tf.NamedTensorMap =>
  Object.fromEntries(params.map(({ name, shape }, k) => [name, normal(shape, seed + k)]));

const inner = (a: tf.NamedTensorMap, b: tf.NamedTensorMap): tf.Scalar =>
  tf.addN(Object.keys(a).map((name) => dot(a[name] as tf.Tensor, b[name] as tf.Tensor)));

const flat = (tensors: tf.NamedTensorMap, { params }: Model): tf.Tensor1D =>
  tf.concat(params.map(({ name }) => tf.reshape(tensors[name] as tf.Tensor, [-1]))) as tf.Tensor1D;

/** The slope of elu has a corner at 0, which no difference of what reads the slope may cross. */
const isAtCorner = (model: Model) =>
  model.specification.activation === 'elu' &&
  run(model, model.batch)
    .layers.slice(1)
    .some(({ input }) => valuesOf(input).some((a) => Math.abs(a) < 0.02));

const onModels = (count: number, law: (model: Model) => void, ofLayers?: boolean) =>
  onAnyModels(
    count,
    (model) => {
      fc.pre(!isAtCorner(model));
      law(model);
    },
    ofLayers ? layered : {},
  );

const check = (subject: Subject, model: Model, change = (grads: tf.NamedTensorMap) => grads) => {
  const { value, grads } = differentiated(subject, model);
  const f = subject.hold?.(model, model.batch) ?? (() => subject.value(model, model.batch));
  expectClose(value, f(), 1e-4, 1e-6);
  expectGradients(f, model.params, change(grads));
};

describe('the gradient by all parameters is that of differences', () => {
  for (const subject of subjects) {
    test(subject.name, () =>
      onModels(subject.ofLayers ? 4 : 8, (model) => check(subject, model), subject.ofLayers),
    );
  }

  for (const gate of ['cautious', 'expansion'] as const) {
    for (const normalize of ['rms', 'none'] as const) {
      for (const beta of [3, 50, Number.POSITIVE_INFINITY]) {
        test(`cvp, ${gate}, ${normalize}, β = ${beta}, the gate held`, () =>
          onModels(4, (model) => {
            const { params } = model;
            const g = params.map(({ name }) => gradientsOfLoss(model)[name] as tf.Tensor);
            const options = { gate, normalize, beta, filter: () => true };
            const { value, grads } = gradientsOf(
              'laws',
              () => cvpPenalty(params, g, options),
              params,
            );
            const gates = params.map((theta, k) => {
              const s = tf.mul(gate === 'cautious' ? 1 : -1, tf.mul(theta, g[k] as tf.Tensor));
              const rms = tf.sqrt(tf.mean(tf.square(s)));
              return beta === Number.POSITIVE_INFINITY
                ? tf.cast(tf.greaterEqual(s, 0), 'float32')
                : tf.sigmoid(tf.mul(beta, normalize === 'rms' ? tf.div(s, rms) : s));
            });
            const held = (): tf.Scalar =>
              tf.mul(
                0.5,
                tf.addN(params.map((x, k) => tf.sum(tf.mul(gates[k] as tf.Tensor, tf.square(x))))),
              );
            expectClose(value, held(), 1e-4);
            expectGradients(held, params, grads);
          }));
      }
    }
  }

  for (const reduction of ['rows', 'batch'] as const) {
    test(`sbmp under a mask of positions, by ${reduction}, p held`, () =>
      onAnyModels(
        8,
        (model) => {
          const { batch, params } = model;
          const mask = tf.tensor2d(
            Array.from({ length: model.specification.examples }, (_, i) => [1, i % 2]),
          );
          const noise = batch.noise;
          // The model does not look at what is masked.
          const blind = (e: tf.Tensor) => model.forward(tf.mul(e, tf.expandDims(mask, 2))).logits;
          const options = { alpha: 1, symmetric: false, noise, mask, reduction };
          const penalty = () => {
            const embeddings = model.embed(batch.x);
            return sbmpPenalty(blind(embeddings), blind, embeddings, options);
          };
          const p = tf.softmax(blind(model.embed(batch.x)));
          const held = (): tf.Scalar => {
            const live = tf.sum(mask, 1, true);
            const amplitude = tf.div(1, tf.sqrt(tf.mul(live, 3)));
            const moved = tf.add(model.embed(batch.x), tf.mul(tf.expandDims(amplitude, 2), noise));
            const logQ = tf.logSoftmax(blind(moved));
            const rows = tf.sum(tf.mul(p, tf.sub(tf.log(p), logQ)), 1);
            return tf.mean(rows);
          };
          const { value, grads } = gradientsOf('laws', penalty, params);
          expectClose(value, held(), 1e-4, 1e-6);
          expectGradients(held, params, grads);
        },
        { kind: ['embedding'] },
      ));
  }

  for (const floor of ['ema-min', 'window-min', 'taylor', [0.1, 0.2]] as const) {
    test(`nger, floor ${floor}, the weights held`, () =>
      onModels(6, (model) => {
        const { batch, params } = model;
        const weighting = nger({ tasks: 2, floor });
        const heads = (logits: tf.Tensor): tf.Scalar[] => [
          crossEntropy(logits as tf.Tensor2D, batch.labels),
          tf.mean(tf.square(tf.sub(logits, batch.labels))),
        ];
        const inputs = () => lossesAndProxies(heads, run(model, batch).logits);
        weighting.observe({ taskLosses: [3, 2], ntkProxies: [1, 2] });
        const { value, grads } = gradientsOf('laws', () => weighting.loss(inputs()), params);
        weighting.observe(inputs());
        const w = weighting.weights();
        const held = (): tf.Scalar => tf.sum(tf.mul(w, tf.stack(heads(run(model, batch).logits))));
        expectClose(value, held(), 1e-5);
        expectGradients(held, params, grads);
        weighting.dispose();
      }));
  }

  test('dmta, linear: the correction, of (1 + α(1−μ)) L + αμ ⟨m̄, θ⟩', () =>
    onModels(8, (model) => {
      const { params } = model;
      const [alpha, mu, past] = [3, 0.8, alike(params, 5)];
      const term = dmta({ alpha, mu });
      term.observe(past);
      const grads = term.correct(gradientsOfLoss(model), named(params));
      const slow = term.slow();
      term.dispose();
      const held = (): tf.Scalar =>
        tf.add(
          tf.mul(1 + alpha * (1 - mu), lossOf(model)()),
          tf.mul(alpha * mu, inner(slow, named(params))),
        );
      expectGradients(held, params, grads, { scale: 5 });
    }));

  test('dmta, cosine, m̄ held', () =>
    onModels(8, (model) => {
      const { params } = model;
      const slow = alike(params, 5);
      const { value, grads } = dmtaGradient(lossOf(model), params, slow);
      const phi = () => dmtaPenalty(flat(gradientsOfLoss(model), model), flat(slow, model));
      expectClose(value, phi(), 1e-5);
      expectGradients(phi, params, grads, { tolerance: 0.01, scale: 3 });
    }));

  test('sasp of any layers', () =>
    onModels(5, (model) => {
      const { batch, params } = model;
      const losses = (): tf.Tensor1D =>
        tf.neg(tf.sum(tf.mul(batch.labels, tf.logSoftmax(run(model, batch).logits)), 1));
      const trace = () => saspAnyLayer(losses, params);
      const exact = (): tf.Scalar => {
        const squares = Array.from({ length: batch.labels.shape[0] }, (_, i) => {
          const one = () => tf.reshape<tf.Rank.R0>(tf.slice(losses(), i, 1), []);
          const { grads } = gradientsOf('laws', one, params);
          return inner(grads, grads);
        });
        return tf.div(tf.addN(squares), squares.length);
      };
      const { value, grads } = trace();
      expectClose(value, exact(), 1e-4);
      expectGradients(exact, params, grads, { tolerance: 0.01 });
    }));

  test('a product with the Hessian, of ⟨∇L, v⟩', () =>
    onModels(10, (model) => {
      const { params } = model;
      const v = alike(params, 5);
      const grads = hessianVectorProduct(lossOf(model), params, v);
      const along = () => inner(gradientsOfLoss(model), v);
      expectGradients(along, params, grads, { tolerance: 0.01, scale: 3 });
    }));

  test('what is made of closed forms: sum, dot, expm1, log1p, a surrogate', () =>
    onModels(10, (model) => {
      const { batch, params } = model;
      const c = alike(params, 5);
      const f = (): tf.Scalar => {
        const { logits, features } = run(model, batch);
        return tf.addN([
          sum(expm1(tf.mul(0.3, logits))),
          sum(log1p(tf.square(features))),
          dot(logits, logits),
          surrogate(c, named(params)),
        ]);
      };
      expectGradients(f, params, gradientsOf('laws', f, params).grads, { scale: 10 });
    }));

  test('all penalties together, each held', () =>
    onModels(
      3,
      (model) => {
        const { batch, params } = model;
        const past = alike(params, 5);
        const loss = topologicalLoss({
          sasp: { lambda: 0.2, curvature: 'hessian' },
          saspNetwork: { lambda: 0.1, exact: true, root: true, scale: 'absolute' },
          cvp: { lambda: 0.3, beta: Number.POSITIVE_INFINITY },
          sbmp: { lambda: 0.5, alpha: 1 },
          dmta: { lambda: 0.1, alpha: 2, mu: 0.5 },
        });
        loss.terms.dmta.observe(past);
        const g = gradientsOfLoss(model);
        const theta = named(params);
        const inputs = () => ({
          ...run(model, batch),
          targets: batch.labels,
          params: theta,
          grads: g,
          modelFn: (e: tf.Tensor) => model.forward(e).logits,
          noise: batch.noise,
        });
        const total = () => loss(lossOf(model)(), inputs());
        const { grads } = gradientsOf('laws', total, params);
        const slow = loss.terms.dmta.slow();
        const correction = Object.fromEntries(
          params.map(({ name }) => [
            name,
            tf.addN([tf.mul(0.1, g[name] as tf.Tensor), tf.mul(0.1, slow[name] as tf.Tensor)]),
          ]),
        );
        const gates = params.map((x) =>
          tf.cast(tf.greaterEqual(tf.mul(x, g[x.name] as tf.Tensor), 0), 'float32'),
        );
        const divergence = subjectOf('sbmp, both sides').hold?.(model, batch) as () => tf.Scalar;
        const trace = subjectOf('sasp of a softmax head, hessian');
        const root = subjectOf('saspNetwork, the root');
        const held = (): tf.Scalar =>
          tf.addN<tf.Tensor>([
            lossOf(model)(),
            tf.mul(0.2, trace.value(model, batch)),
            tf.mul(0.1, root.value(model, batch)),
            ...params.flatMap((x, k) =>
              x.rank < 2 ? [] : [tf.mul(0.15, tf.sum(tf.mul(gates[k] as tf.Tensor, tf.square(x))))],
            ),
            tf.mul(0.5, divergence()),
            inner(correction, theta),
          ]) as tf.Scalar;
        loss.terms.dmta.dispose();
        expectGradients(held, params, grads, { scale: 3 });
      },
      true,
    ));
});

describe('the check sees an error of 2 %', () => {
  for (const subject of subjects) {
    test(`in the longest gradient of: ${subject.name}`, () =>
      onModels(
        2,
        (model) => {
          const length = (x: tf.Tensor) => Math.hypot(...valuesOf(x));
          const wrong = (grads: tf.NamedTensorMap) => {
            const [[name, longest]] = Object.entries(grads).sort(
              ([, a], [, b]) => length(b) - length(a),
            ) as [[string, tf.Tensor]];
            // Of a trace that is constant all gradients vanish.
            fc.pre(length(longest) > 0.02);
            return { ...grads, [name]: tf.mul(1.02, longest) };
          };
          expect(() => check(subject, model, wrong)).toThrow();
        },
        subject.ofLayers,
      ));
  }
});
