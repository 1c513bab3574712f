import * as tf from '@tensorflow/tfjs-core';
import { surrogate, trainStep } from '@toploss/core';
import { cvp, cvpPenalty } from '@toploss/cvp';
import { dmta } from '@toploss/dmta';
import { nger } from '@toploss/nger';
import { sasp } from '@toploss/sasp';
import { ALPHA, BETA, LAMBDA, MU, RHO } from './method.js';
import type { MethodName } from './methods.js';
import { type Net, tfjsNetOf } from './net.js';
import type { Network } from './problem.js';
import type { Vector } from './vector.js';

interface Trained {
  step(): void;
  dispose?(): void;
}

/** The packages' way to train, and the method that it stands for. */
interface Product {
  method: MethodName;
  train(net: Net): Trained;
}

/** Terms in the loss or of the gradients, driven by `trainStep`. */
function withTerms(
  { params, optimizer, forward }: Net,
  terms: Parameters<typeof trainStep>[0]['terms'],
  before: () => tf.TensorContainer = () => [],
): Trained {
  const step = trainStep({ optimizer, params, terms });
  return {
    step() {
      const known = before();
      tf.dispose([step(() => forward() as never), known]);
    },
  };
}

const gradients = (net: Net, from?: number, count?: number) =>
  tf.tidy(() => tf.variableGrads(() => net.forward(from, count).loss, net.params).grads);

/** A penalty that reads what was computed before the step. */
function frozen(
  net: Net,
  before: () => tf.NamedTensorMap,
  penalty: (known: tf.NamedTensorMap, params: tf.NamedTensorMap) => tf.Scalar,
): Trained {
  const params = Object.fromEntries(net.params.map((p) => [p.name, p]));
  let known: tf.NamedTensorMap = {};
  const term = { name: 'frozen', penalty: () => penalty(known, params) };
  return withTerms(net, [term], () => {
    known = before();
    return known;
  });
}

/** c = g(θ + ρg/‖g‖) − g(θ) */
function samCorrection(net: Net): tf.NamedTensorMap {
  return tf.tidy(() => {
    const g = gradients(net);
    const norm = tf.sqrt(tf.addN(Object.values(g).map((x) => tf.sum(tf.square(x)))));
    const origin = net.params.map((p) => tf.clone(p));
    for (const p of net.params) {
      p.assign(tf.add(p, tf.mul(tf.div(RHO, norm), g[p.name] as tf.Tensor)));
    }
    const ascended = gradients(net);
    for (const [k, p] of net.params.entries()) {
      p.assign(origin[k] as tf.Tensor);
    }
    return Object.fromEntries(
      net.params.map(({ name }) => [
        name,
        tf.sub(ascended[name] as tf.Tensor, g[name] as tf.Tensor),
      ]),
    );
  });
}

export const PRODUCTS = {
  'L2 in the loss': {
    method: 'L2',
    train: (net) =>
      withTerms(net, [
        {
          name: 'L2',
          penalty: () =>
            tf.mul(LAMBDA / 2, tf.addN(net.params.map((p) => tf.sum(tf.square(p))))) as tf.Scalar,
        },
      ]),
  },
  'SASP fisher in the loss': {
    method: 'SASP, fisher',
    train: (net) => withTerms(net, [sasp({ lambda: LAMBDA })]),
  },
  'SASP hessian in the loss': {
    method: 'SASP, hessian',
    train: (net) => withTerms(net, [sasp({ lambda: LAMBDA, curvature: 'hessian' })]),
  },
  'CVP on the gradients': {
    method: 'CVP, soft gate',
    train: (net) => withTerms(net, [cvp({ lambda: LAMBDA, beta: BETA })]),
  },
  'CVP in the loss': {
    method: 'CVP, soft gate',
    train: (net) =>
      frozen(
        net,
        () => gradients(net),
        (g) =>
          tf.mul(
            LAMBDA,
            cvpPenalty(
              net.params,
              net.params.map(({ name }) => g[name] as tf.Tensor),
              { beta: BETA, filter: (_, theta) => theta.rank >= 2 },
            ),
          ),
      ),
  },
  'SAM by its surrogate in the loss': {
    method: 'SAM',
    train: (net) => frozen(net, () => samCorrection(net), surrogate),
  },
  'DMTA linear on the gradients': {
    method: 'AdEMAMix, average fixed',
    train(net) {
      const slow = dmta({ alpha: ALPHA, mu: MU });
      return { ...withTerms(net, [slow]), dispose: () => slow.dispose() };
    },
  },
  'NGER in the place of the loss': {
    method: 'NGER, weighted gradient',
    train(net) {
      const half = (t: number): [number, number] => [t * HALF, HALF];
      const weighting = nger({ tasks: 2, floor: [0, 0] });
      const step = trainStep({
        optimizer: net.optimizer,
        params: net.params,
        terms: [weighting],
      });
      return {
        step() {
          const ntkProxies = [0, 1].map((t) =>
            tf.tidy(() => {
              const squares = Object.values(gradients(net, ...half(t))).map(tf.square);
              return tf.addN(squares.map((x) => tf.sum(x))).dataSync()[0] as number;
            }),
          );
          tf.dispose(
            step(() => {
              const taskLosses = [0, 1].map((t) => net.forward(...half(t)).loss);
              const inputs = { taskLosses, ntkProxies };
              return { loss: weighting.loss(inputs), ...inputs };
            }),
          );
        },
        dispose: () => weighting.dispose(),
      };
    },
  },
} satisfies Record<string, Product>;

export type ProductName = keyof typeof PRODUCTS;

const HALF = 4;

/** θ₀, θ₁, … as the packages make them. */
export function byPackages(
  name: ProductName,
  { examples }: Network,
  start: Vector,
  steps: number,
): Vector[] {
  const net = tfjsNetOf(examples, start);
  const trained: Trained = PRODUCTS[name].train(net.net);
  const path: Vector[] = [start];
  for (let k = 0; k < steps; k++) {
    trained.step();
    path.push(net.net.params.flatMap((p) => [...p.dataSync()]));
  }
  trained.dispose?.();
  net.dispose();
  return path;
}
