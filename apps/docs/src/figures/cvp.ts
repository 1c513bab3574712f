import * as tf from '@tensorflow/tfjs-core';
import { type Term, trainStep } from '@toploss/core';
import { type CvpTermOptions, cvp, cvpPenalty } from '@toploss/cvp';
import { chart, curve, type Point } from './plot.js';

/** a(s): at θ = 1 and g = s, Φ = ½a. */
function gateAt(s: number, options: CvpTermOptions): number {
  const [theta, g] = [tf.scalar(1), tf.scalar(s)];
  const all = { normalize: 'none', filter: () => true, ...options } as const;
  return 2 * (cvpPenalty([theta], [g], all).dataSync()[0] as number);
}

export const cvpGate = () =>
  chart({
    x: { label: 's = θg: how much the step shrinks the weight' },
    y: { label: 'a', domain: [0, 1] },
    points: [
      ...[2, 10, 50].flatMap((beta) =>
        curve(`cautious, β = ${beta}`, [-1, 1], (s) => gateAt(s, { beta }), 161),
      ),
      ...curve('cautious, β = ∞', [-1, 1], (s) => gateAt(s, { beta: Infinity }), 401),
      ...curve('expansion, β = 10', [-1, 1], (s) => gateAt(s, { beta: 10, gate: 'expansion' })),
    ],
    dashed: ['expansion, β = 10'],
  });

const LAMBDA = 0.5;

const l2 = (theta: tf.Variable) => ({
  name: 'l2',
  penalty: () => tf.mul(LAMBDA / 2, tf.sum(tf.square(theta))) as tf.Scalar,
});

/** Descent on ½(θ − 1)² by `trainStep`, from .2. */
function descent(line: string, termOf: (theta: tf.Variable) => Term): Point[] {
  const theta = tf.variable(tf.scalar(0.2));
  const step = trainStep({ optimizer: tf.train.sgd(0.1), params: [theta], terms: [termOf(theta)] });
  const loss = () => tf.mul(0.5, tf.square(tf.sub(theta, 1))) as tf.Scalar;
  return Array.from({ length: 61 }, (_, x) => {
    const y = theta.dataSync()[0] as number;
    tf.dispose(step(() => ({ loss: loss() })));
    return { x, y, line };
  });
}

export const cvpDescent = () => {
  const decayed = { lambda: LAMBDA, filter: () => true };
  const terms: Record<string, (theta: tf.Variable) => Term> = {
    'cautious, β = ∞': () => cvp({ ...decayed, beta: Infinity }),
    'cautious, β = 50': () => cvp({ ...decayed, normalize: 'none' }),
    L2: l2,
    'expansion, β = 50': () => cvp({ ...decayed, normalize: 'none', gate: 'expansion' }),
  };
  return chart({
    x: { label: 'step' },
    y: { label: 'θ', domain: [0, 1.05] },
    points: Object.entries(terms).flatMap(([line, termOf]) => descent(line, termOf)),
    dashed: ['expansion, β = 50'],
  });
};
