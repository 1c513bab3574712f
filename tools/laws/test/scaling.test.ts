import * as tf from '@tensorflow/tfjs-core';
import { cvpPenalty } from '@toploss/cvp';
import { dmtaPenalty } from '@toploss/dmta';
import { lossesAndProxies, nger } from '@toploss/nger';
import { saspNetworkPenalty, saspPenalty, saspWeightsPenalty } from '@toploss/sasp';
import { expectClose, normal, valuesOf } from '@toploss/testing';
import { layered, type Model, onModels, run, runs } from '@toploss/testing/recipes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiated, gradientsOfLoss, subjectOf, subjects } from '../src/penalties.js';

const numberOf = (x: tf.Tensor) => valuesOf(x)[0] as number;

/** Kernels and biases, of a hidden layer and the head. */
type Weights = [tf.Variable, tf.Variable, tf.Variable, tf.Variable];

/** The last hidden layer by 1/s and the head by s: with a relu between them, another writing of the same function. */
function rescale({ params }: Model, s: number): void {
  const [W, b, head] = params.slice(-4) as Weights;
  W.assign(tf.div(W, s));
  b.assign(tf.div(b, s));
  head.assign(tf.mul(s, head));
}

const relu = { kind: ['dense', 'convolution', 'embedding'], activation: ['relu'] } as const;
const shallow = (law: (model: Model) => void) =>
  onModels(
    12,
    (model) => {
      fc.pre(model.specification.kind === 'dense' && model.specification.depth === 1);
      law(model);
    },
    relu,
  );

const factors = [0.5, 2, 3];

describe('h → h/s, W → sW', () => {
  for (const name of ['cross-entropy', 'sbmp, both sides', 'sbmp, one side']) {
    test(`leaves what reads the function alone: ${name}`, () =>
      onModels(
        8,
        (model) => {
          const subject = subjectOf(name);
          const { logits } = run(model, model.batch);
          const before = differentiated(subject, model);
          for (const s of factors) {
            rescale(model, s);
            expectClose(run(model, model.batch).logits, logits, 1e-5, 1e-6);
            const after = differentiated(subject, model);
            expectClose(after.value, before.value, 1e-4, 1e-6);
            // The gradients scale the other way: g⊙θ, and with it ⟨g, θ⟩ of a layer, is what it was.
            for (const variable of model.params) {
              const [x, y] = [before, after].map(({ grads }) => grads[variable.name] as tf.Tensor);
              const kth = model.params.slice(-4).indexOf(variable);
              const factor = kth === 2 ? 1 / s : kth === 0 || kth === 1 ? s : 1;
              expectClose(y as tf.Tensor, tf.mul(factor, x as tf.Tensor), 1e-4, 2e-6);
            }
            rescale(model, 1 / s);
          }
        },
        relu,
      ));
  }

  for (const curvature of ['fisher', 'hessian'] as const) {
    test(`takes the head's trace to T/s² without a bias, and leaves the bias its part: ${curvature}`, () =>
      onModels(
        8,
        (model) => {
          const trace = (includeBias: boolean) => {
            const { logits, features } = run(model, model.batch);
            const options = { curvature, includeBias };
            return numberOf(saspPenalty(logits, features, model.batch.labels, options));
          };
          const [withBias, without] = [trace(true), trace(false)];
          for (const s of factors) {
            rescale(model, s);
            expectClose(trace(false), without / s ** 2, 1e-4, 1e-6);
            expectClose(trace(true), without / s ** 2 + (withBias - without), 1e-4, 1e-6);
            rescale(model, 1 / s);
          }
        },
        relu,
      ));
  }

  test("takes the network's trace to A/s² + B + C s²: the head, its bias, and the layer below", () =>
    shallow((model) => {
      const { labels } = model.batch;
      const parts = () => {
        const { logits, features, layers } = run(model, model.batch);
        const head = (includeBias: boolean) =>
          numberOf(saspPenalty(logits, features, labels, { curvature: 'hessian', includeBias }));
        const options = { exact: true, root: false };
        const total = numberOf(saspNetworkPenalty(logits, layers, options));
        return { total, A: head(false), B: head(true) - head(false) };
      };
      const { total, A, B } = parts();
      const C = total - A - B;
      for (const s of factors) {
        rescale(model, s);
        expectClose(parts().total, A / s ** 2 + B + C * s ** 2, 1e-4, 1e-5);
        rescale(model, 1 / s);
      }
    }));

  for (const estimate of ['exact', 'probe', 'by weight noise']) {
    test(`leaves the relative trace of the network, and not the absolute one: ${estimate}`, () =>
      onModels(
        8,
        (model) => {
          const { batch, params, shaking } = model;
          const trace = (scale: 'absolute' | 'relative') => {
            const { logits, layers } = run(model, batch);
            if (estimate !== 'by weight noise') {
              const probe = estimate === 'probe' ? { probe: batch.probe } : { exact: true };
              return numberOf(saspNetworkPenalty(logits, layers, { scale, root: false, ...probe }));
            }
            const noise = Object.fromEntries(params.map(({ name }, k) => [name, shaking[k]]));
            const pass = (x: tf.Tensor) => run(model, { ...batch, x }).logits;
            const options = {
              scale,
              root: false,
              sigma: 2 ** -7,
              noise: noise as tf.NamedTensorMap,
            };
            return numberOf(saspWeightsPenalty(logits, pass, batch.x, params, options));
          };
          const [relative, absolute] = [trace('relative'), trace('absolute')];
          fc.pre(numberOf(tf.max(run(model, batch).features)) > 0); // not all ReLUs are off
          for (const s of factors) {
            rescale(model, s);
            expectClose(trace('relative'), relative, 1e-4, 1e-6);
            expect(Math.abs(trace('absolute') - absolute)).toBeGreaterThan(1e-3 * absolute);
            rescale(model, 1 / s);
          }
        },
        { ...relu, ...layered },
      ));
  }

  for (const normalize of ['rms', 'none'] as const) {
    test(`leaves the gates of cvp, and scales what they let through by the layer: ${normalize}`, () =>
      onModels(
        8,
        (model) => {
          const last = model.params.slice(-4) as Weights;
          const shares = () => {
            const g = gradientsOfLoss(model);
            return last.map((x) =>
              numberOf(
                cvpPenalty([x], [g[x.name] as tf.Tensor], {
                  normalize,
                  beta: 3,
                  filter: () => true,
                }),
              ),
            );
          };
          const before = shares() as [number, number, number, number];
          for (const s of factors) {
            rescale(model, s);
            const [W, b, head, bias] = shares();
            expectClose(
              [W, b, head, bias] as number[],
              [before[0] / s ** 2, before[1] / s ** 2, before[2] * s ** 2, before[3]],
              1e-3,
              1e-6,
            );
            rescale(model, 1 / s);
          }
        },
        relu,
      ));
  }

  test('takes every proxy of nger to s²κ, which leaves the weights', () =>
    onModels(8, (model) => {
      const { labels } = model.batch;
      const weights = (s: number) => {
        const { features } = run(model, model.batch);
        const head = tf.mul(s, model.params.at(-2) as tf.Variable);
        const inputs = lossesAndProxies(
          (h) => {
            const logits = tf.matMul(h as tf.Tensor2D, head as tf.Tensor2D);
            return [
              tf.losses.softmaxCrossEntropy(labels, logits) as tf.Scalar,
              tf.mean(tf.square(tf.sub(logits, labels))),
            ];
          },
          tf.div(features, s),
        );
        const weighting = nger({ tasks: 2, floor: [0, 0], eps: 1e-12 });
        weighting.observe(inputs);
        const w = weighting.weights();
        weighting.dispose();
        return { w, kappa: tf.stack(inputs.ntkProxies) };
      };
      const before = weights(1);
      for (const s of factors) {
        const after = weights(s);
        expectClose(after.kappa, tf.mul(s ** 2, before.kappa), 1e-4);
        expectClose(after.w, before.w, 1e-4);
      }
    }));
});

describe('the units', () => {
  test('of the loss and of the average are none of the cosine of dmta, whose gradient is by that of g', () =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 1e6 }), (n, seed) =>
        tf.tidy(() => {
          const [g, m] = [normal([n], seed), normal([n], seed + 1)] as [tf.Tensor1D, tf.Tensor1D];
          const of = (c: number, d: number) =>
            tf.valueAndGrad((x) => dmtaPenalty(x as tf.Tensor1D, tf.mul(d, m)))(tf.mul(c, g));
          const before = of(1, 1);
          for (const [c, d] of [
            [1e-6, 1],
            [1e6, 1e-3],
            [1, 1e8],
          ] as const) {
            const after = of(c, d);
            expectClose(after.value, before.value, 1e-5, 1e-7);
            expectClose(tf.mul(c, after.grad), before.grad, 1e-4, 1e-6);
          }
        }),
      ),
      runs(30),
    ));

  test('of the losses are none of the weights of nger without floors, at γ = ½', () =>
    onModels(6, ({ specification: { seed } }) => {
      const [l, kappa] = [
        tf.abs(normal([3], seed)) as tf.Tensor1D,
        tf.abs(normal([3], seed + 1)) as tf.Tensor1D,
      ];
      // ℓ → cℓ makes c²κ: w ∝ ℓ/√κ
      const weights = (c: number) => {
        const term = nger({ tasks: 3, floor: [0, 0, 0], gamma: 0.5, eps: 1e-12 });
        term.observe({ taskLosses: tf.mul(c, l), ntkProxies: tf.mul(c * c, kappa) });
        const w = term.weights();
        term.dispose();
        return w;
      };
      expectClose(weights(10), weights(1), 1e-4);
    }));
});

describe('a constant on all logits is nothing', () => {
  for (const subject of subjects.filter(({ isShiftable }) => isShiftable)) {
    test(subject.name, () =>
      onModels(
        5,
        (model) => {
          const bias = model.params.at(-1) as tf.Variable;
          const before = differentiated(subject, model);
          // Nothing along the constant either.
          const along = valuesOf(before.grads[bias.name] as tf.Tensor).reduce((a, b) => a + b, 0);
          expect(Math.abs(along)).toBeLessThan(1e-5 * (1 + Math.abs(numberOf(before.value))));
          for (const c of [3, -20]) {
            const origin = tf.clone(bias);
            bias.assign(tf.add(bias, c));
            const after = differentiated(subject, model);
            bias.assign(origin);
            expectClose(after.value, before.value, 1e-4, 1e-5);
            for (const { name } of model.params) {
              const [x, y] = [after, before].map(({ grads }) => grads[name] as tf.Tensor);
              expectClose(x as tf.Tensor, y as tf.Tensor, 1e-3, 2e-5);
            }
          }
        },
        subject.ofLayers ? layered : {},
      ),
    );
  }
});
